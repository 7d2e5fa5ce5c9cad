"""I6, statistics: the office's figures are what bookings' own tables say. See `invariants.py`."""

from typing import Final

# A visit is a line that stands in an order that was confirmed and not cancelled.
VISITS: Final = """
with came as (
    select line_id, sum(persons) as persons from bookings.check_ins group by line_id
), visit as (
    select village_id, venue_id, kind, day, line.persons, coalesce(came.persons, 0) as arrived
    from bookings.order_lines as line
    join bookings.orders using (order_id)
    left join came using (line_id)
    where state in ('confirmed', 'completed', 'no_show')
        and left_as is null
        and claim_state = 'kept'
    union all
    select village_id, venue_id, kind, day, persons, arrived
    from bookings.past_visits
    join bookings.offerings using (offering_id)
), fact as (
    select village_id, venue_id, kind, day, sum(persons) as booked, sum(arrived) as arrived
    from visit
    group by village_id, venue_id, kind, day
), told as (
    select village_id, venue_id, kind, day, booked, arrived
    from statistics.visits_daily
    where booked > 0 or arrived > 0
)
select format('%s at venue %s on %s: booked %s, told %s; arrived %s, told %s', kind, venue_id, day,
              fact.booked, told.booked, fact.arrived, told.arrived)
from fact
full join told using (village_id, venue_id, kind, day)
where (fact.booked, fact.arrived) is distinct from (told.booked, told.arrived)
"""

COUNT: Final = """
select count(*) as cells, coalesce(sum(booked), 0)::bigint as people_booked,
    coalesce(sum(arrived), 0)::bigint as people_arrived
from statistics.visits_daily
where booked > 0 or arrived > 0
"""
