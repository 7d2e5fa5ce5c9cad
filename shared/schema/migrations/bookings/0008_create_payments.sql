-- Money. The operators are the payees; the platform holds none of it and only writes down what
-- moved. Amounts are whole fen.

-- One attempt to pay an order, or the difference that a changed line costs (`line_id`).
create table payments (
    payment_id uuid primary key,
    -- What the provider knows the attempt by.
    number text not null constraint payments_number_key unique,
    order_id uuid not null constraint payments_order_id_fkey references orders (order_id),
    line_id uuid constraint payments_line_id_fkey references order_lines (line_id),
    method text not null
        constraint payments_method_check check (method in ('sandbox', 'wechatpay', 'alipay')),
    amount_fen bigint not null constraint payments_amount_fen_check check (amount_fen > 0),
    state text not null default 'started'
        constraint payments_state_check
        check (state in ('started', 'captured', 'failed', 'closed')),
    -- Whether the money paid for something. Captured money that did not is refunded whole: it came
    -- too late, or twice.
    honoured boolean not null default false,
    pay_url text,
    -- The provider's own id of the transaction.
    reference text,
    started_at timestamptz not null default now(),
    expires_at timestamptz not null,
    captured_at timestamptz,
    -- What was asked back, whether it arrived yet or not: never more than was paid.
    refunded_fen bigint not null default 0,
    -- When the provider is asked how the payment stands, if it does not call back.
    due_at timestamptz not null default now(),
    tries integer not null default 0,
    constraint payments_captured_at_check check ((state = 'captured') = (captured_at is not null)),
    constraint payments_honoured_check check (not honoured or state = 'captured'),
    constraint payments_refunded_fen_check check (
        refunded_fen between 0 and case when state = 'captured' then amount_fen else 0 end
    )
);

-- An order, or a change, is paid for once.
create unique index payments_honoured_once on payments (order_id, line_id) nulls not distinct
where honoured;
-- A transaction of a provider is one payment.
create unique index payments_reference_key on payments (method, reference)
where reference is not null;
create index payments_order_id_index on payments (order_id);
create index payments_due_index on payments (due_at) where state = 'started';

-- Who is paid how much of a payment.
create table payment_parts (
    payment_id uuid not null
        constraint payment_parts_payment_id_fkey references payments (payment_id),
    organisation_id uuid not null,
    amount_fen bigint not null constraint payment_parts_amount_fen_check check (amount_fen > 0),
    constraint payment_parts_pkey primary key (payment_id, organisation_id)
);

-- A refund is a job: asked for, accepted by the provider, done. A repeated try has the same number.
create table refunds (
    refund_id uuid primary key,
    number text not null constraint refunds_number_key unique,
    payment_id uuid not null constraint refunds_payment_id_fkey references payments (payment_id),
    order_id uuid not null constraint refunds_order_id_fkey references orders (order_id),
    line_id uuid constraint refunds_line_id_fkey references order_lines (line_id),
    organisation_id uuid not null,
    cause text not null
        constraint refunds_cause_check
        check (cause in ('visitor', 'operator', 'disaster', 'changed', 'too_late', 'paid_twice')),
    amount_fen bigint not null constraint refunds_amount_fen_check check (amount_fen > 0),
    state text not null default 'requested'
        constraint refunds_state_check
        check (state in ('requested', 'accepted', 'done', 'failed')),
    reference text,
    requested_at timestamptz not null default now(),
    accepted_at timestamptz,
    done_at timestamptz,
    due_at timestamptz not null default now(),
    tries integer not null default 0,
    reason text,
    constraint refunds_done_at_check check ((state = 'done') = (done_at is not null))
);

create index refunds_payment_id_index on refunds (payment_id);
create index refunds_order_id_index on refunds (order_id);
create index refunds_due_index on refunds (due_at) where state in ('requested', 'accepted');

-- What is asked back is counted where it was paid, so that the check there refuses too much.
create function count_refund() returns trigger
language plpgsql
as $$
begin
    update payments
    set refunded_fen = refunded_fen + new.amount_fen
    where payment_id = new.payment_id;
    return null;
end
$$;

create trigger refunds_are_counted
after insert on refunds
for each row
execute function count_refund();

-- Double entry: each row moves an amount from one account of an organisation to another, so it
-- can't be out of balance. Debits: what a visitor owes grows, money arrives. Credits: sales grow.
create table ledger_movements (
    movement_id bigint generated always as identity primary key,
    organisation_id uuid not null,
    order_id uuid not null,
    line_id uuid,
    payment_id uuid,
    refund_id uuid,
    kind text not null
        constraint ledger_movements_kind_check
        check (
            kind in (
                'sale', 'sale_reversed', 'fee', 'payment', 'cash', 'refund_requested', 'refund_done'
            )
        ),
    debit text not null,
    credit text not null,
    amount_fen bigint not null constraint ledger_movements_amount_fen_check check (amount_fen > 0),
    moved_at timestamptz not null default now(),
    constraint ledger_movements_accounts_check check (
        debit <> credit
        and debit in ('receivable', 'sales', 'cancellation_fees', 'provider', 'cash', 'refunds_owed')
        and credit in ('receivable', 'sales', 'cancellation_fees', 'provider', 'cash', 'refunds_owed')
    )
);

create index ledger_movements_order_id_index on ledger_movements (order_id);
create index ledger_movements_statement_index on ledger_movements (organisation_id, moved_at);
-- A line is sold once and reversed once, a payment and a refund move their money once.
create unique index ledger_movements_sold_once on ledger_movements (line_id)
where kind = 'sale';
create unique index ledger_movements_reversed_once on ledger_movements (line_id)
where kind = 'sale_reversed';
create unique index ledger_movements_paid_once on ledger_movements (payment_id, organisation_id)
where kind = 'payment';
create unique index ledger_movements_refunded_once on ledger_movements (refund_id, kind)
where refund_id is not null;

create function refuse_rewriting_the_ledger() returns trigger
language plpgsql
as $$
begin
    raise exception 'the ledger is only ever added to'
        using errcode = 'check_violation', constraint = 'ledger_movements_are_final';
end
$$;

create trigger ledger_movements_are_final
before update or delete on ledger_movements
for each row
execute function refuse_rewriting_the_ledger();

create trigger ledger_movements_are_never_emptied
before truncate on ledger_movements
execute function refuse_rewriting_the_ledger();

-- The same as two entries a movement: debits count up, credits down, and all sums are zero.
create view ledger_entries as
select movement_id, organisation_id, order_id, kind, debit as account, amount_fen, moved_at
from ledger_movements
union all
select movement_id, organisation_id, order_id, kind, credit, -amount_fen, moved_at
from ledger_movements;
