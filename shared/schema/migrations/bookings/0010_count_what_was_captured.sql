-- What a provider received is not always what it was asked for, and every fen of it is accounted
-- for: per payment, and per operator who got a part of it.

alter table payments
    -- What arrived; `amount_fen` is what was asked for.
    add column captured_fen bigint
        constraint payments_captured_fen_check check (captured_fen > 0),
    -- Whether `pay_url` is a page to go to, or a code to be scanned.
    add column shown_as text not null default 'page'
        constraint payments_shown_as_check check (shown_as in ('page', 'code'));

update payments set captured_fen = amount_fen where state = 'captured';

alter table payments
    drop constraint payments_refunded_fen_check,
    add constraint payments_refunded_fen_check
        check (refunded_fen between 0 and coalesce(captured_fen, 0)),
    add constraint payments_captured_amount_check
        check ((state = 'captured') = (captured_fen is not null)),
    -- Money that is not exactly what was asked for pays for nothing.
    add constraint payments_honoured_amount_check check (not honoured or captured_fen = amount_fen);

alter table payment_parts
    -- The operator's account at the provider, as it was when the payment began.
    add column merchant text,
    add column captured_fen bigint not null default 0,
    add column refunded_fen bigint not null default 0,
    add constraint payment_parts_refunded_fen_check
        check (refunded_fen between 0 and captured_fen);

update payment_parts
set
    merchant = payment_parts.organisation_id::text,
    captured_fen = case when payments.state = 'captured' then payment_parts.amount_fen else 0 end
from payments
where payments.payment_id = payment_parts.payment_id;

alter table payment_parts alter column merchant set not null;

alter table refunds
    -- How often the provider said no; being away is no answer.
    add column refusals integer not null default 0,
    drop constraint refunds_cause_check,
    add constraint refunds_cause_check
        check (
            cause in (
                'visitor', 'operator', 'disaster', 'changed', 'too_late', 'paid_twice',
                'wrong_amount'
            )
        ),
    -- It comes from an operator who was paid.
    add constraint refunds_part_fkey
        foreign key (payment_id, organisation_id)
        references payment_parts (payment_id, organisation_id);

create or replace function count_refund() returns trigger
language plpgsql
as $$
begin
    update payments
    set refunded_fen = refunded_fen + new.amount_fen
    where payment_id = new.payment_id;
    update payment_parts
    set refunded_fen = refunded_fen + new.amount_fen
    where payment_id = new.payment_id and organisation_id = new.organisation_id;
    return null;
end
$$;

-- The operators' accounts at the providers: who has none there is not paid by it.
create table merchants (
    organisation_id uuid not null,
    method text not null
        constraint merchants_method_check check (method in ('wechatpay', 'alipay')),
    merchant text not null constraint merchants_merchant_check check (merchant <> ''),
    named_at timestamptz not null default now(),
    constraint merchants_pkey primary key (organisation_id, method)
);

-- Cash that was taken at a venue, and by whom.
create table cash_receipts (
    receipt_id uuid primary key,
    order_id uuid not null constraint cash_receipts_order_id_fkey references orders (order_id),
    line_id uuid not null constraint cash_receipts_line_id_fkey references order_lines (line_id),
    organisation_id uuid not null,
    amount_fen bigint not null constraint cash_receipts_amount_fen_check check (amount_fen > 0),
    received_by uuid not null,
    received_at timestamptz not null default now()
);

create index cash_receipts_line_id_index on cash_receipts (line_id);

alter table ledger_movements add column receipt_id uuid;

create unique index ledger_movements_fee_once on ledger_movements (line_id)
where kind = 'fee';
create unique index ledger_movements_received_once on ledger_movements (receipt_id)
where receipt_id is not null;
