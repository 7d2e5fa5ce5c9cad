-- Orders that a village's helper or a company's organiser has placed for somebody else.
create table assisted_orders (
    order_id uuid not null,
    placed_by uuid not null,
    role text not null,
    constraint assisted_orders_pkey primary key (order_id),
    constraint assisted_orders_order foreign key (order_id) references orders (order_id),
    constraint assisted_orders_role_is_known check (role in ('helper', 'organiser'))
);

create index assisted_orders_placed_by on assisted_orders (placed_by, order_id);

-- Written with its order, and history from then on.
revoke update, delete on assisted_orders from bookings;
