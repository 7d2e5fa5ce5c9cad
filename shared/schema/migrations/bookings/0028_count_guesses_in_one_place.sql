-- How often somebody guessed a secret in vain, in the hour that began with their first such try; a
-- guess that is being looked at counts until it proves right. `about` is what is guessed at (an
-- order's code, or a venue whose guests' phone numbers are), `by` who guesses (the keyed hash of an
-- account or an address). What the two tables before it held was of one hour, and is forgotten.
drop table order_lookups, phone_searches;

create table guesses (
    secret text not null,
    about text not null,
    by bytea not null,
    tries integer not null,
    window_started_at timestamptz not null default now(),
    constraint guesses_pkey primary key (secret, about, by),
    constraint guesses_secret_check check (secret in ('order_phone', 'guest_phone')),
    constraint guesses_tries_check check (tries >= 0)
);

create index guesses_by_window on guesses (window_started_at);
