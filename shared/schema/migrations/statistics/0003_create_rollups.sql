-- The facts added up, kept in step with them in the same transaction. `python -m
-- services.statistics recount --check` tells whether they agree.
create table visits_daily (
    village_id uuid not null,
    venue_id uuid not null,
    kind text not null,
    day date not null,
    -- People in confirmed orders that were not cancelled.
    booked integer not null,
    -- Those among them whose ticket was checked in.
    arrived integer not null,
    constraint visits_daily_pkey primary key (day, village_id, venue_id, kind),
    constraint visits_daily_booked_is_no_debt check (booked >= 0),
    constraint visits_daily_arrived_is_no_debt check (arrived >= 0)
);

-- How far the figures reach: the time of the newest event that was taken in, by type of event.
create table taken_in (
    event_type text not null,
    newest timestamptz not null,
    constraint taken_in_pkey primary key (event_type)
);
