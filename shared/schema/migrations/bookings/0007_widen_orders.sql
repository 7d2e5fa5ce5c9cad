-- Lines of all kinds that can leave their order one by one, and payments in advance.

alter table orders
    drop constraint orders_payment_method_check,
    drop constraint orders_accepted_payment_check,
    drop constraint orders_payment_is_accepted_check,
    add constraint orders_payment_method_check
        check (payment_method in ('free', 'on_site', 'sandbox', 'wechatpay', 'alipay')),
    -- The strictest of its lines' policies.
    add constraint orders_accepted_payment_check
        check (accepted_payment in ('free', 'on_site', 'online')),
    add constraint orders_payment_is_accepted_check check (
        case accepted_payment
            when 'free' then payment_method = 'free'
            when 'on_site' then payment_method <> 'free'
            else payment_method not in ('free', 'on_site')
        end
    );

alter table order_lines
    add column offering_version integer,
    -- Which units: pitches of a type, tables of a size; {} where the offering has no options.
    add column options jsonb not null default '{}',
    add column day_type text
        constraint order_lines_day_type_check
        check (day_type in ('workday', 'weekend', 'holiday', 'make_up_workday')),
    -- How the price came about, as the visitor saw it. Its amounts sum to `price_fen`.
    add column breakdown jsonb not null default '[]',
    -- How the line left its order, where the order went on without it.
    add column left_as text
        constraint order_lines_left_as_check check (left_as in ('cancelled', 'changed', 'lapsed')),
    add column left_at timestamptz,
    -- The line in whose place this one stands since a change, or will when the change is paid.
    add column replaces_line_id uuid
        constraint order_lines_replaces_line_id_fkey references order_lines (line_id),
    drop constraint order_lines_kind_check,
    drop constraint order_lines_nights_check,
    add constraint order_lines_kind_check check (kind in ('stay', 'table', 'session', 'entry')),
    add constraint order_lines_nights_check check ((kind = 'stay') = (nights > 0)),
    add constraint order_lines_left_is_released
        check (left_as is null or (claim_state = 'released' and left_at is not null)),
    add constraint order_lines_replaces_another check (replaces_line_id <> line_id);

update order_lines
set offering_version = offerings.edition
from offerings
where offerings.offering_id = order_lines.offering_id;

-- At most one line stands, or waits for its payment, in the place of another.
create unique index order_lines_replaced_once
on order_lines (replaces_line_id)
where replaces_line_id is not null and left_as is null;

create index order_lines_order_id_index on order_lines (order_id);
