-- Who was named by somebody else and never signed in is forgotten after a while.
create index accounts_never_registered on accounts (created_at) where registered_at is null;
