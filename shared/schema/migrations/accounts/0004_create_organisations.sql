-- Who runs venues, and who works for the tourism office.
create table organisations (
    id uuid not null,
    name text not null,
    created_at timestamptz not null default now(),
    created_by uuid not null,
    constraint organisations_pkey primary key (id),
    constraint organisations_name_is_short check (length(name) between 1 and 100),
    constraint organisations_creator foreign key (created_by) references accounts (id)
);

create table organisation_members (
    organisation_id uuid not null,
    account_id uuid not null,
    added_at timestamptz not null default now(),
    added_by uuid not null,
    constraint organisation_members_pkey primary key (organisation_id, account_id),
    constraint organisation_members_organisation foreign key (organisation_id)
        references organisations (id),
    constraint organisation_members_account foreign key (account_id) references accounts (id),
    constraint organisation_members_adder foreign key (added_by) references accounts (id)
);

create index organisation_members_account_id on organisation_members (account_id);

-- The office's first members are named by a setting; they are written down here when they sign
-- in, and struck out when the setting no longer names them.
create table office_members (
    account_id uuid not null,
    since timestamptz not null default now(),
    constraint office_members_pkey primary key (account_id),
    constraint office_members_account foreign key (account_id) references accounts (id)
);
