-- A person's messages are found when they take their data away, and when they are forgotten.
create index deliveries_of_account on deliveries (account_id);
