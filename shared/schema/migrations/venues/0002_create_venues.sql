create table venues (
    venue_id uuid primary key,
    -- The operator; organisations live in the accounts service.
    organisation_id uuid not null,
    village_id uuid not null,
    slug text not null,
    name jsonb not null,
    summary jsonb not null,
    description jsonb not null,
    address jsonb not null,
    -- Visitors that the venue takes on one day, over all of its offerings.
    day_capacity integer not null,
    state text not null default 'draft',
    -- Counts edits of the venue and of its offerings: ETag and If-Match.
    edit_version integer not null default 1,
    -- Counts events about the venue, 0 before the first.
    event_version integer not null default 0,
    created_at timestamptz not null default now(),
    search_text text not null generated always as (
        (name ->> 'zh') || ' ' || (name ->> 'en') || ' '
        || (summary ->> 'zh') || ' ' || (summary ->> 'en')
    ) stored,
    constraint venues_village_exists foreign key (village_id) references villages,
    constraint venues_slug_is_unique unique (slug),
    constraint venues_slug_is_a_slug check (is_slug(slug)),
    constraint venues_name_is_localized check (is_localized(name, 120)),
    constraint venues_summary_is_localized check (is_localized(summary, 300)),
    constraint venues_description_is_localized check (is_localized(description, 4000)),
    constraint venues_address_is_localized check (is_localized(address, 300)),
    constraint venues_day_capacity_in_range check (day_capacity between 0 and 1000000),
    constraint venues_state_is_known check (
        state in ('draft', 'submitted', 'rejected', 'published', 'paused')
    ),
    constraint venues_versions_count_up check (edit_version >= 1 and event_version >= 0),
    constraint venues_published_is_told check (state <> 'published' or event_version >= 1)
);

create index venues_of_village on venues (village_id);
create index venues_of_organisation on venues (organisation_id);
create index venues_search on venues using gin (search_text extensions.gin_trgm_ops);

-- The life of a venue: these steps and no others.
create table venue_steps (
    from_state text not null,
    to_state text not null,
    constraint venue_steps_pkey primary key (from_state, to_state)
);

insert into venue_steps (from_state, to_state)
values
    ('draft', 'submitted'),
    ('submitted', 'published'),
    ('submitted', 'rejected'),
    ('rejected', 'submitted'),
    ('published', 'paused'),
    ('paused', 'published');

create function refuse_unknown_venue_steps() returns trigger
language plpgsql
set search_path from current
as $$
begin
    if tg_op = 'INSERT' then
        if new.state = 'draft' then
            return new;
        end if;
    elsif new.state = old.state or exists (
        select from venue_steps
        where from_state = old.state and to_state = new.state
    ) then
        return new;
    end if;
    raise exception 'a venue does not become % from here', new.state
        using errcode = 'check_violation', constraint = 'venues_state_follows_its_life';
end
$$;

create trigger venues_state_follows_its_life
before insert or update of state on venues
for each row execute function refuse_unknown_venue_steps();

-- Who moved a venue along its life, when, and why.
create table venue_decisions (
    decision_id uuid primary key,
    venue_id uuid not null,
    decision text not null,
    decided_by uuid not null,
    decided_at timestamptz not null,
    -- What the office or the operator had before them when they decided.
    edit_version integer not null,
    reason text,
    constraint venue_decisions_venue_exists foreign key (venue_id) references venues,
    constraint venue_decisions_decision_is_known check (
        decision in ('submitted', 'approved', 'rejected', 'paused', 'resumed')
    ),
    constraint venue_decisions_rejection_has_a_reason check (
        decision <> 'rejected' or reason is not null
    ),
    constraint venue_decisions_reason_has_a_length check (length(reason) between 1 and 2000)
);

create index venue_decisions_of_venue on venue_decisions (venue_id, decision_id);

create function refuse_rewriting_history() returns trigger
language plpgsql
as $$
begin
    raise exception 'decisions are history and stay as they are'
        using errcode = 'check_violation', constraint = 'venue_decisions_are_final';
end
$$;

create trigger venue_decisions_are_final
before update or delete on venue_decisions
for each row execute function refuse_rewriting_history();
