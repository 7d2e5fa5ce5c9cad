-- What people do: in an organisation, in the tourism office, and when they book for others. What
-- each role may do stands in shared/core/permissions.py.

alter table organisation_members
    -- Who was a member before there were roles ran everything.
    add column role text not null default 'owner',
    -- The venues that the role is limited to; null is all of them. Venues live in their own service.
    add column venues uuid[],
    -- When the person agreed; until then it is an invitation that gives nobody anything. Who was a
    -- member before there were invitations has agreed.
    add column accepted_at timestamptz default now(),
    -- What whoever invites typed, of which alone they see something before the person agrees.
    add column invited_by text,
    -- Stands for the account until then: an account's own id tells when it was made, and so whether
    -- the platform knew the person before.
    add column invitation_id uuid not null default gen_random_uuid(),
    add constraint organisation_members_invited_by_is_a_channel check (
        invited_by in ('email', 'phone')
    ),
    add constraint organisation_members_role_is_known check (
        role in ('owner', 'manager', 'gate', 'accountant')
    ),
    add constraint organisation_members_owners_own_all check (role <> 'owner' or venues is null),
    add constraint organisation_members_venues_are_few check (
        -- Access tokens carry them.
        cardinality(venues) between 1 and 20 and array_position(venues, null) is null
    );

alter table organisation_members alter column accepted_at drop default;

alter table office_members
    add column role text not null default 'office_director',
    -- Null where the setting named them: then they leave when it no longer does.
    add column added_by uuid,
    add constraint office_members_role_is_known check (
        role in ('office_viewer', 'office_approver', 'office_director')
    ),
    add constraint office_members_adder foreign key (added_by) references accounts (id);

-- Who books for people that don't book themselves: a village's helper, a company's organiser.
create table booking_roles (
    account_id uuid not null,
    role text not null,
    added_at timestamptz not null default now(),
    added_by uuid not null,
    constraint booking_roles_pkey primary key (account_id, role),
    constraint booking_roles_role_is_known check (role in ('helper', 'organiser')),
    constraint booking_roles_account foreign key (account_id) references accounts (id),
    constraint booking_roles_adder foreign key (added_by) references accounts (id)
);
