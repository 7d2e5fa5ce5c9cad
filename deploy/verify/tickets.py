"""I3, tickets: who paid has exactly one for each person or unit, nobody else has one.

Tickets are derived from lines: the first `units` ordinals of a line that stands are valid. See
`invariants.py`.
"""

from typing import Final

# A line that waits for the payment of a change has its places, but no ticket yet.
STATES: Final = """
select format('line %s: claims %s in order %s that is %s', line_id, claim_state, code, state)
from bookings.order_lines
join bookings.orders using (order_id)
where claim_state <> case
    when left_as is not null then 'released'
    when state = 'held' then 'held'
    when state in ('cancelled', 'expired') then 'released'
    when state = 'confirmed' and held_until is not null then 'held'
    else 'kept'
end
"""

UNITS: Final = """
select format('line %s: %s tickets for %s people of a %s', line_id, units, persons, kind)
from bookings.order_lines
where case kind
    when 'table' then units <> 1
    when 'stay' then units not between 1 and persons
    else units <> persons
end
union all
select format('line %s: for %s people, but %s were asked for', line_id, persons, asked.people)
from bookings.order_lines
cross join lateral (
    select sum(value::integer) as people from jsonb_each_text(tickets)
) as asked
where asked.people is distinct from persons
"""

# Where a line was changed, one other stands in its place, or did; where it was not, none does.
REPLACED: Final = """
select format('line %s: left as %s, and %s lines came in its place', line.line_id,
              coalesce(line.left_as, 'none'), count(other.line_id))
from bookings.order_lines as line
left join bookings.order_lines as other
    on other.replaces_line_id = line.line_id
    and other.left_as is distinct from 'lapsed'
    and not (other.held_until is not null and other.claim_state = 'held')
group by line.line_id
having count(other.line_id) <> case when line.left_as = 'changed' then 1 else 0 end
"""

CHECK_INS: Final = """
select format('ticket %s of line %s: checked in, of %s, in order %s that is %s (line %s)', ordinal,
              line_id, units, code, state, coalesce(left_as, claim_state))
from bookings.check_ins
join bookings.order_lines using (line_id)
join bookings.orders using (order_id)
where ordinal > units
    or state not in ('confirmed', 'completed')
    or left_as is not null
    or claim_state <> 'kept'
union all
select format('line %s: %s people came, %s booked', line_id, sum(came.persons), booked.persons)
from bookings.check_ins as came
join bookings.order_lines as booked using (line_id)
group by line_id, booked.persons
having sum(came.persons) > booked.persons
union all
select format('order %s: completed, and nobody came', code)
from bookings.orders
where state = 'completed' and not exists (
    select
    from bookings.check_ins
    join bookings.order_lines using (line_id)
    where order_lines.order_id = orders.order_id
)
"""

# The scan that let somebody in is the check-in.
SCANS: Final = """
select format('ticket %s of line %s: checked in by scan %s, admitted by scan %s', ordinal, line_id,
              came.scan_id, admitted.scan_id)
from bookings.check_ins as came
full join (
    select line_id, ordinal, scan_id from bookings.scans where outcome = 'admitted'
) as admitted using (line_id, ordinal)
where came.scan_id is distinct from admitted.scan_id
"""

COUNT: Final = """
select
    count(*) as lines,
    coalesce(sum(units) filter (where claim_state = 'kept'), 0)::bigint as valid_tickets,
    (select count(*) from bookings.check_ins) as check_ins,
    (select count(*) from bookings.scans) as scans
from bookings.order_lines
"""
