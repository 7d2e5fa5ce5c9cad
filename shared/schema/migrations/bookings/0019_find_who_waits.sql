-- What the waiting list looks for all the time: offers that may be decided, and room in pools for
-- which somebody waits.
create index waitlist_entries_offered_index on waitlist_entries (place) where state = 'offered';
create index pools_waited_for_index on pools (id) where scope = 'slot' and waiters > 0;
