-- Messages about orders that somebody is owed. A row says that the message has to reach its
-- account once; what the message says and to which address it goes is asked when it is sent, so
-- that no contact point is kept here.
create table deliveries (
    id uuid not null,
    order_id uuid not null,
    -- Whose order it is: decides who may see the row, and whom the message goes to.
    account_id uuid not null,
    kind text not null,
    -- 'sending' stands from just before the mail server is handed the message until its answer is
    -- known. A row that is found so after a crash may have been delivered.
    state text not null default 'pending',
    -- How often somebody took the row up. Also the fence: who took it up earlier has lost it.
    attempts integer not null default 0,
    -- When the row may be taken up (again): the end of a lease, or of a pause after a failure.
    due_at timestamptz not null default now(),
    -- Known once the message went out: by what it went.
    channel text,
    sent_at timestamptz,
    -- Why the last attempt failed, as a code; for a failed row, why it was given up.
    reason text,
    -- W3C trace context of the work that caused it, from the visitor's click on.
    traceparent text,
    created_at timestamptz not null default now(),
    constraint deliveries_pkey primary key (id),
    -- However often and in whatever order events arrive: one message per order and kind.
    constraint deliveries_one_per_order_and_kind unique (order_id, kind),
    constraint deliveries_kind_is_known check (kind in ('order_confirmed', 'order_cancelled')),
    constraint deliveries_state_is_known check (state in ('pending', 'sending', 'sent', 'failed')),
    constraint deliveries_channel_is_known check (channel in ('email', 'sms')),
    constraint deliveries_attempts_count_up check (attempts >= 0),
    constraint deliveries_sent_by_something
        check ((state = 'sent') = (channel is not null and sent_at is not null)),
    constraint deliveries_failed_for_a_reason check (state <> 'failed' or reason is not null)
);

-- The senders' question: what is due, oldest first. Finished rows are not in the index.
create index deliveries_due on deliveries (due_at) where state in ('pending', 'sending');
