-- Files in the store, by what they contain. A row is there before its file, and goes after it, so
-- that whatever the store holds can be found here, and swept where nothing refers to it.
create table blobs (
    -- Whose files: each kind has its own rules of who may read them, and is swept by itself.
    area text not null,
    -- SHA-256 of the content, in lower-case hex.
    digest text not null,
    -- leaving: being deleted; who wants to keep the same content again waits until it is gone.
    state text not null default 'kept',
    -- When somebody last meant to refer to it.
    touched_at timestamptz not null,
    constraint blobs_pkey primary key (area, digest),
    constraint blobs_area_is_known check (area in ('photos', 'licences')),
    constraint blobs_digest_is_a_digest check (digest ~ '^[0-9a-f]{64}$'),
    constraint blobs_state_is_known check (state in ('kept', 'leaving'))
);

create index blobs_by_touch on blobs (area, touched_at);

-- A picture that somebody sent, by the digest of what they sent. Two photos may show the same.
create table pictures (
    digest text primary key,
    area text not null default 'photos',
    -- processing: kept and to be cut to sizes; refused: it can't be read, `refusal` says why.
    state text not null default 'processing',
    refusal text,
    format text not null,
    -- As it is seen, after its orientation was applied.
    width integer not null,
    height integer not null,
    -- The average of its colours, for as long as it is not loaded.
    colour text,
    attempts smallint not null default 0,
    next_attempt_at timestamptz not null,
    constraint pictures_blob_exists foreign key (area, digest) references blobs (area, digest),
    constraint pictures_area_is_photos check (area = 'photos'),
    constraint pictures_state_is_known check (state in ('processing', 'ready', 'refused')),
    constraint pictures_refused_say_why check ((state = 'refused') = (refusal is not null)),
    constraint pictures_format_is_known check (format in ('jpeg', 'png', 'webp', 'avif')),
    constraint pictures_width_in_range check (width between 1 and 65535),
    constraint pictures_height_in_range check (height between 1 and 65535),
    constraint pictures_pixels_are_few check (width::bigint * height <= 50000000),
    constraint pictures_ready_have_a_colour check ((state = 'ready') = (colour is not null)),
    constraint pictures_colour_is_a_colour check (colour ~ '^#[0-9a-f]{6}$'),
    constraint pictures_attempts_in_range check (attempts between 0 and 100)
);

create index pictures_to_process on pictures (next_attempt_at) where state = 'processing';

-- What a picture was made into: one file for each width and format.
create table picture_files (
    digest text not null,
    width integer not null,
    format text not null,
    height integer not null,
    bytes integer not null,
    area text not null default 'photos',
    file_digest text not null,
    constraint picture_files_pkey primary key (digest, width, format),
    constraint picture_files_picture_exists
    foreign key (digest) references pictures on delete cascade,
    constraint picture_files_blob_exists
    foreign key (area, file_digest) references blobs (area, digest),
    constraint picture_files_area_is_photos check (area = 'photos'),
    constraint picture_files_format_is_known check (format in ('avif', 'webp', 'jpeg')),
    constraint picture_files_width_in_range check (width between 1 and 1920),
    constraint picture_files_height_in_range check (height between 1 and 65535),
    constraint picture_files_bytes_in_range check (bytes between 1 and 20000000)
);

create index picture_files_of_blob on picture_files (file_digest);

alter table offerings
    -- For foreign keys of what shows an offering of the same venue.
    add constraint offerings_with_venue unique (offering_id, venue_id);

-- What a venue shows of itself, in its order; without a digest until its content has come.
create table photos (
    photo_id uuid primary key,
    venue_id uuid not null,
    offering_id uuid,
    position smallint not null,
    alt jsonb not null,
    credit text,
    digest text,
    created_at timestamptz not null,
    constraint photos_venue_exists foreign key (venue_id) references venues,
    constraint photos_offering_is_of_the_venue
    foreign key (offering_id, venue_id) references offerings (offering_id, venue_id),
    constraint photos_picture_exists foreign key (digest) references pictures,
    constraint photos_alt_is_localized check (is_localized(alt, 300)),
    constraint photos_credit_has_a_length check (length(credit) between 1 and 120),
    -- At most 30 of a venue, one after the other.
    constraint photos_position_in_range check (position between 1 and 30),
    constraint photos_have_an_order unique (venue_id, position) deferrable initially deferred
);

create index photos_of_picture on photos (digest);
create index photos_of_offering on photos (offering_id);
