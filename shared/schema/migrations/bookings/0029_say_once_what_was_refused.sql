-- What came to nothing within a day keeps its slots from the same party: what it refused or let
-- lapse, and what the host called off without shutting anything, because that stays on sale and the
-- next in line may be welcome.
create view waitlist_refusals as
select missed.entry_id, wish.own_pools
from waitlist_offers as missed
join waitlist_wishes as wish using (entry_id, position)
where missed.decided_at > now() - interval '24 hours'
    and (
        missed.outcome <> 'called_off'
        or exists (
            select 1
            from line_cancellations as cancelled
            where cancelled.order_id = missed.order_id
                and cancelled.cause = 'operator'
                and not exists (
                    select 1 from closures where closure_id = cancelled.cancelled_by
                )
        )
    );
