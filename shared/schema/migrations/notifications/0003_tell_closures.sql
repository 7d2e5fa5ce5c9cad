-- What a closure called off is told once to each person, whatever of theirs it meets: in one
-- message, under the first of their orders, about the closure.
alter table deliveries
    drop constraint deliveries_kind_is_known,
    add constraint deliveries_kind_is_known check (
        kind in (
            'order_confirmed', 'order_cancelled', 'line_cancelled', 'line_changed',
            'payment_refunded', 'waitlist_offered', 'closure'
        )
    );

create unique index deliveries_one_per_person_and_closure on deliveries (account_id, subject_id)
where kind = 'closure';
