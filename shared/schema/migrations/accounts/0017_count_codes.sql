-- Text messages cost money, and whoever sends many of them earns by it: how many codes went out by
-- them on a day, for each network that asked (a keyed hash; of IPv6 one of 48 bits), and for all
-- networks together, whose hash is empty. Days are Shanghai's.
create table text_message_sends (
    day date not null,
    network_index bytea not null,
    sends integer not null default 1,
    constraint text_message_sends_pkey primary key (day, network_index),
    constraint text_message_sends_network_index_is_sha256 check (
        length(network_index) in (0, 32)
    ),
    constraint text_message_sends_count check (sends >= 0)
);

-- Wrong tries of a contact's codes in seven days that begin with the first of them. Beyond a number
-- each code takes one try, of whoever asked for it: its owner needs no more.
create table wrong_codes (
    contact_index bytea not null,
    window_started_at timestamptz not null default now(),
    tries integer not null default 1,
    constraint wrong_codes_pkey primary key (contact_index),
    constraint wrong_codes_contact_index_is_sha256 check (length(contact_index) = 32),
    constraint wrong_codes_tries_count check (tries >= 1)
);

create index wrong_codes_window_started_at on wrong_codes (window_started_at);
