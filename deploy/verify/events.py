"""I5, events: what was told is what was heard. See `invariants.py`."""

from typing import Final

# Parameters: who has to hear which type of event, as two arrays. Holds for the seven days that an
# outbox keeps what it has sent.
HEARD: Final = """
with event as (
    select 'accounts' as service, * from accounts.outbox
    union all select 'venues', * from venues.outbox
    union all select 'bookings', * from bookings.outbox
    union all select 'notifications', * from notifications.outbox
    union all select 'statistics', * from statistics.outbox
),
heard as (
    select consumer, event_id from accounts.inbox
    union all select consumer, event_id from venues.inbox
    union all select consumer, event_id from bookings.inbox
    union all select consumer, event_id from notifications.inbox
    union all select consumer, event_id from statistics.inbox
),
dead as (
    select consumer, event_id from accounts.dead_letters
    union all select consumer, event_id from venues.dead_letters
    union all select consumer, event_id from bookings.dead_letters
    union all select consumer, event_id from notifications.dead_letters
    union all select consumer, event_id from statistics.dead_letters
)
select format('%s %s of %s: not sent', event.type, event.id, service)
from event where sent_at is null
union all
select format('%s %s of %s: unknown to %s', event.type, event.id, service, subscription.consumer)
from event
join unnest($1::text[], $2::text[]) as subscription (consumer, type) using (type)
where not exists (
    select from heard where consumer = subscription.consumer and event_id = event.id
) and not exists (
    select from dead where consumer = subscription.consumer and event_id = event.id
)
union all
select format('an event %s that nobody sent: known to %s', event_id, consumer)
from heard where not exists (select from event where event.id = heard.event_id)
union all
select format('a dead letter %s of %s', event_id, consumer) from dead
union all
select format('%s %s: %s events, the last is version %s', topic, subject, count(*), max(version))
from event
group by topic, subject
having max(version) - min(version) + 1 <> count(*)
"""

# Whatever changes an order is told with the version that it then has.
ORDERS: Final = """
select format('order %s: its version is %s, %s was told', code, orders.version, told.version)
from bookings.orders
join (
    select subject, max(version) as version
    from bookings.outbox
    where topic = 'bookings.order'
    group by subject
) as told on told.subject = order_id
where orders.version <> told.version
"""

COUNT: Final = """
select
    (select count(*) from accounts.outbox) + (select count(*) from venues.outbox)
        + (select count(*) from bookings.outbox) + (select count(*) from notifications.outbox)
        + (select count(*) from statistics.outbox) as events_told,
    (select count(*) from accounts.inbox) + (select count(*) from venues.inbox)
        + (select count(*) from bookings.inbox) + (select count(*) from notifications.inbox)
        + (select count(*) from statistics.inbox) as events_heard
"""
