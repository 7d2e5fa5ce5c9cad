-- Whoever runs a venue is told of other channels' calendars, by the letters that tell of licences:
-- the tables keep the name of what was told first.
alter table licence_notices
    alter column licence_id drop not null,
    alter column licence_kind drop not null,
    alter column valid_until drop not null,
    add column feed_id uuid,
    -- The version of the feed that its event had: each one is another occasion.
    add column feed_version integer,
    -- What the event said of the calendar.
    add column feed jsonb,
    drop constraint licence_notices_kind_is_known,
    add constraint licence_notices_kind_is_known check (
        kind in (
            'licence_expiring', 'licence_expired', 'licence_renewed', 'feed_failing',
            'feed_conflict_found'
        )
    ),
    add constraint licence_notices_are_of_one_thing check (
        case
            when kind like 'licence%' then
                num_nulls(licence_id, licence_kind, valid_until) = 0
                and num_nonnulls(feed_id, feed_version, feed) = 0
            else
                num_nonnulls(licence_id, licence_kind, valid_until) = 0
                and num_nulls(feed_id, feed_version, feed) = 0
        end
    ),
    add constraint licence_notices_one_per_feed_and_version unique (feed_id, kind, feed_version);
