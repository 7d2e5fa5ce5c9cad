-- How many invitations wait for somebody: they are counted before there is one more.
create index organisation_members_invited on organisation_members (account_id)
    where accepted_at is null;
