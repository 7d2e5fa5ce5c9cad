-- Forgetting people: an order keeps what the law asks for, and names nobody (PIPL article 47). An
-- empty contact is one that was erased.
create table erased_accounts (
    account_id uuid primary key,
    heard_at timestamptz not null default now()
);

-- Who read a guest's name and number in full, whose, and why. Guests see it in their export.
create table contact_reads (
    read_id uuid primary key,
    account_id uuid not null,
    order_id uuid not null constraint contact_reads_order_id_fkey references orders (order_id),
    venue_id uuid not null,
    reader uuid not null,
    reason text not null
        constraint contact_reads_reason_check
        check (
            reason in ('late_arrival', 'change_of_plan', 'lost_property', 'safety', 'guest_asked')
        ),
    note text constraint contact_reads_note_check check (length(note) between 1 and 100),
    read_at timestamptz not null default now()
);

create index contact_reads_account_id_index on contact_reads (account_id, read_at);

-- Append-only: what was read was read.
revoke update, delete on contact_reads from bookings;

-- Orders so old that they have been parted from their accounts.
create table parted_orders (
    order_id uuid primary key constraint parted_orders_order_id_fkey references orders (order_id)
);

-- What the service itself can't take back, its owner takes out for it: the free words about somebody
-- who was erased, and nothing else.
create function forget_words_about(erased uuid) returns void
language sql
security definer
set search_path = bookings, pg_temp
as $$
    update contact_reads
    set note = null
    where account_id = erased and note is not null
        and exists (select from erased_accounts where account_id = erased);
$$;
