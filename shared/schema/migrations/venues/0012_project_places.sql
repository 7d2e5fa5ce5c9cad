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
