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

-- What else says whose an order was, once it has been parted from its account: readings and records
-- of who placed it go, and the rest names the same random id as the order. An order of the last three
-- years is never parted, whatever the service asks.
create function part_records_of_orders() returns bigint
language plpgsql
security definer
set search_path = bookings, pg_temp
as $$
declare
    gone bigint;
    total bigint;
begin
    delete from contact_reads
    using parted_orders, orders
    where parted_orders.order_id = contact_reads.order_id
        and orders.order_id = contact_reads.order_id
        and placed_at < now() - interval '1095 days';
    get diagnostics total = row_count;
    delete from assisted_orders
    using parted_orders, orders
    where parted_orders.order_id = assisted_orders.order_id
        and orders.order_id = assisted_orders.order_id
        and placed_at < now() - interval '1095 days';
    get diagnostics gone = row_count;
    total := total + gone;
    update closed_lines
    set account_id = orders.account_id
    from parted_orders
    join orders using (order_id)
    where closed_lines.order_id = orders.order_id
        and closed_lines.account_id <> orders.account_id;
    get diagnostics gone = row_count;
    total := total + gone;
    update closure_notices
    set account_id = orders.account_id
    from parted_orders
    join orders using (order_id)
    where closure_notices.order_id = orders.order_id
        and closure_notices.account_id <> orders.account_id;
    get diagnostics gone = row_count;
    total := total + gone;
    update line_cancellations
    set cancelled_by = orders.account_id
    from parted_orders
    join orders using (order_id)
    where line_cancellations.order_id = orders.order_id
        and cause = 'visitor'
        and cancelled_by <> orders.account_id;
    get diagnostics gone = row_count;
    return total + gone;
end
$$;
