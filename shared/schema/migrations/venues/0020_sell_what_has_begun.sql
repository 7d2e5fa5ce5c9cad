-- Until when a slot can be booked: a night until its day is over, an entry until it closes, all else
-- until it begins. Bookings and search have the same rule, and a test compares them.
create function sold_until(
    kind text, day date, starts_at timestamptz, ends_at timestamptz
) returns timestamptz
language sql immutable
return case kind
    when 'stay' then (day + 1)::timestamp at time zone 'Asia/Shanghai'
    when 'entry' then ends_at
    else starts_at
end;

-- No slot is sold for longer than two days after it began: by that an index finds those that are.
create function is_still_sold(
    kind text, day date, starts_at timestamptz, ends_at timestamptz, moment timestamptz
) returns boolean
language sql stable
return
    starts_at > moment - interval '48 hours'
    and sold_until(kind, day, starts_at, ends_at) > moment;
