-- Texts that people read exist in Chinese and in English, in one column, so that a row has both
-- or does not exist. Null counts as "no": a check constraint would let it pass.
create function is_localized(pair jsonb, most integer) returns boolean
language sql immutable
return coalesce(
    jsonb_typeof(pair -> 'zh') = 'string'
    and jsonb_typeof(pair -> 'en') = 'string'
    and pair - array['zh', 'en'] = '{}'::jsonb
    and length(pair ->> 'zh') between 1 and most
    and length(pair ->> 'en') between 1 and most,
    false
);

-- Slugs stand in addresses of pages: lower case letters, digits, single hyphens between them.
create function is_slug(slug text) returns boolean
language sql immutable
return length(slug) between 2 and 60 and slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$';

create table districts (
    district_id uuid primary key,
    slug text not null,
    name jsonb not null,
    -- Visitors that the whole district can carry on one day.
    day_capacity integer not null,
    created_at timestamptz not null default now(),
    constraint districts_slug_is_unique unique (slug),
    constraint districts_slug_is_a_slug check (is_slug(slug)),
    constraint districts_name_is_localized check (is_localized(name, 120)),
    constraint districts_day_capacity_in_range check (day_capacity between 0 and 1000000)
);

create table villages (
    village_id uuid primary key,
    district_id uuid not null,
    slug text not null,
    name jsonb not null,
    subdistrict jsonb not null,
    story jsonb not null,
    how_to_get_there jsonb not null,
    -- WGS 84, in degrees.
    latitude double precision not null,
    longitude double precision not null,
    -- Visitors that the village can carry on one day.
    day_capacity integer not null,
    -- Counts edits: what readers compare by ETag and editors by If-Match.
    edit_version integer not null default 1,
    -- Counts events: the version that the latest event carried, 0 before the first.
    event_version integer not null default 0,
    created_at timestamptz not null default now(),
    constraint villages_district_exists foreign key (district_id) references districts,
    constraint villages_slug_is_unique unique (slug),
    constraint villages_slug_is_a_slug check (is_slug(slug)),
    constraint villages_name_is_localized check (is_localized(name, 120)),
    constraint villages_subdistrict_is_localized check (is_localized(subdistrict, 120)),
    constraint villages_story_is_localized check (is_localized(story, 4000)),
    constraint villages_way_is_localized check (is_localized(how_to_get_there, 4000)),
    constraint villages_latitude_in_range check (latitude between -90 and 90),
    constraint villages_longitude_in_range check (longitude between -180 and 180),
    constraint villages_day_capacity_in_range check (day_capacity between 0 and 1000000),
    constraint villages_versions_count_up check (edit_version >= 1 and event_version >= 0)
);

create index villages_of_district on villages (district_id);
