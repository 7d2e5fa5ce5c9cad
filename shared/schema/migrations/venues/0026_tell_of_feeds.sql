-- Whoever follows another channel's calendar is told when it fails, and when both have sold the same.
alter table feeds
    -- When it was told that it fails; null again once it was read.
    add column failing_told_at timestamptz,
    -- When it was told that it is in conflict with what is sold here; null again once it is not.
    add column conflict_told_at timestamptz,
    -- Counts what was told of it.
    add column event_version integer not null default 0,
    add constraint feeds_events_count_up check (event_version >= 0);
