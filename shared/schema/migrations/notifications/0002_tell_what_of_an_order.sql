-- More is told about orders: of one of its lines, of one refund, of places that came free.
alter table deliveries
    -- What of the order the message is about: the line that was cancelled, the line that stands in
    -- the place of another one, the refund, the entry of the waiting list. Null for the whole order.
    add column subject_id uuid,
    -- Messages about one order go out in this order, each after those before it.
    add column position bigint generated always as identity,
    drop constraint deliveries_kind_is_known,
    add constraint deliveries_kind_is_known check (
        kind in (
            'order_confirmed', 'order_cancelled', 'line_cancelled', 'line_changed',
            'payment_refunded', 'waitlist_offered'
        )
    ),
    add constraint deliveries_subject_fits_kind check (
        (kind in ('order_confirmed', 'order_cancelled')) = (subject_id is null)
    ),
    -- The same name, by which the release before asks for it: one message for each fact.
    drop constraint deliveries_one_per_order_and_kind,
    add constraint deliveries_one_per_order_and_kind
        unique nulls not distinct (order_id, kind, subject_id);
