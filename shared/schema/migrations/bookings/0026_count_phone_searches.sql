-- How often somebody looked for the bookings of a venue by the end of a phone number and found nothing,
-- in the hour that began with their first such try: whoever guesses finds nothing nearly every time.
create table phone_searches (
    venue_id uuid not null,
    account_id uuid not null,
    tries integer not null,
    window_started_at timestamptz not null default now(),
    constraint phone_searches_pkey primary key (venue_id, account_id),
    constraint phone_searches_tries_check check (tries > 0)
);

create index phone_searches_by_window on phone_searches (window_started_at);
