-- In which order this service met its brokers; clocks may jump. A process that still believes in
-- an earlier one than the last must not send.
alter table broker_epochs add column place bigint generated always as identity;
