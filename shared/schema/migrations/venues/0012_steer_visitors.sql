-- How many places bookings says are left: of slots by option, and of the days of venues, villages
-- and districts. An advice for search, never what decides a booking. What is not here has all the
-- places that were published of it.
create table place_projections (
    -- A slot, a venue, a village or a district: by its id, which no two of them share.
    subject_id uuid not null,
    day date not null,
    -- '' where the subject has no options.
    option text not null,
    scope text not null,
    capacity integer not null,
    places_left integer not null,
    -- Of the pool's latest event that was heard of.
    version integer not null,
    constraint place_projections_pkey primary key (subject_id, day, option),
    constraint place_projections_scope_is_known check (
        scope in ('slot', 'venue_day', 'village_day', 'district_day')
    ),
    constraint place_projections_capacity_in_range check (capacity between 0 and 1000000),
    constraint place_projections_left_in_range check (places_left between 0 and capacity)
)
-- Counters: room on each page, so that they are updated in place.
with (fillfactor = 70);

-- By day they are forgotten.
create index place_projections_by_day on place_projections (day);

-- Where visitors are led when a village is nearly full.
alter table villages
    -- Visitors that the village can carry in one hour, where the office has stated it. It is
    -- published, and nothing is refused by it.
    add column hour_capacity integer,
    -- From which shares of the day's capacity on the village is nearly full, and visitors are led
    -- to its neighbours; in percent.
    add column warn_percent smallint not null default 80,
    add column steer_percent smallint not null default 90,
    add constraint villages_hour_capacity_in_range check (hour_capacity between 0 and 1000000),
    add constraint villages_thresholds_rise check (
        warn_percent between 50 and 100
        and steer_percent between 50 and 100
        and steer_percent > warn_percent
    ),
    -- For foreign keys that keep neighbours within one district.
    add constraint villages_with_district unique (village_id, district_id);

create table village_neighbours (
    village_id uuid not null,
    -- The first is named first.
    place smallint not null,
    neighbour_id uuid not null,
    -- Of both.
    district_id uuid not null,
    constraint village_neighbours_pkey primary key (village_id, place),
    constraint village_neighbours_name_each_once unique (village_id, neighbour_id),
    constraint village_neighbours_are_others check (neighbour_id <> village_id),
    constraint village_neighbours_are_few check (place between 1 and 6),
    constraint village_neighbours_village_exists
    foreign key (village_id, district_id) references villages (village_id, district_id),
    constraint village_neighbours_are_of_the_district
    foreign key (neighbour_id, district_id) references villages (village_id, district_id)
);

create index village_neighbours_named on village_neighbours (neighbour_id);
