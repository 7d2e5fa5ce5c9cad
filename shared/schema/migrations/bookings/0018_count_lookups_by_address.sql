-- Wrong tries at a code are counted by who made them, so that nobody locks others out. The address
-- is a keyed hash; which tries were counted before is forgotten, they were of one hour.
delete from order_lookups;

alter table order_lookups
    drop constraint order_lookups_pkey,
    add column address bytea not null,
    add constraint order_lookups_pkey primary key (code, address);
