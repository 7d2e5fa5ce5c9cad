-- Names for the figures. Taken from events; a version that is older than the row's is dropped.
-- Facts do not refer to these rows: an order's event may arrive before its venue's.
create table villages (
    village_id uuid not null,
    name_zh text not null,
    name_en text not null,
    version integer not null,
    constraint villages_pkey primary key (village_id)
);

create table venues (
    venue_id uuid not null,
    name_zh text not null,
    name_en text not null,
    version integer not null,
    constraint venues_pkey primary key (venue_id)
);
