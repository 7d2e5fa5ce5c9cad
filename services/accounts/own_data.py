"""What accounts itself holds about a person, for the archive that they take away."""

from typing import Any, Final
from uuid import UUID

from services.accounts.children import load_children
from services.accounts.contact_book import ContactBook
from shared.db import Connection
from shared.http.people import MOST_ITEMS, PersonData, person_section

ACCOUNT: Final = """
    select
        account.id as account_id, account.name, email.address as email, phone.address as phone,
        account.language, account.created_at, account.registered_at
    from accounts as account
    left join contact_points as email
        on email.account_id = account.id and email.channel = 'email'
    left join contact_points as phone
        on phone.account_id = account.id and phone.channel = 'phone'
    where account.id = $1
"""
# Each with one more than fits, which tells that there are more.
ROLES: Final = """
        select organisation.name as organisation, member.role, member.added_at, member.accepted_at
        from organisation_members as member
        join organisations as organisation on organisation.id = member.organisation_id
        where member.account_id = $1
        order by member.added_at
        limit $2
"""
OFFICE_ROLES: Final = """
        select role, since as added_at from office_members where account_id = $1
        union all
        select role, added_at from booking_roles where account_id = $1
        limit $2
"""
SESSIONS: Final = """
        select created_at, expires_at, browser, system, revoked_at, revoked_because
        from sessions
        where account_id = $1
        order by created_at desc
        limit $2
"""
PASSKEYS: Final = """
        select name, created_at, last_used_at from passkeys where account_id = $1 limit $2
"""
AUTHENTICATOR: Final = """
        select confirmed_at from authenticators
        where account_id = $1 and confirmed_at is not null
        limit $2
"""
RECOVERY_CODES: Final = """
        select created_at, used_at from recovery_codes
        where account_id = $1
        order by created_at desc
        limit $2
"""
CONTACTS: Final = """
        select channel, created_at from contact_points where account_id = $1 limit $2
"""
ORGANISATIONS: Final = """
        select id as organisation_id, name, created_at
        from organisations
        where created_by = $1
        order by created_at desc
        limit $2
"""
API_KEYS: Final = """
        select
            organisation.name as organisation, key.name, key.first_characters, key.scopes,
            key.created_at, key.expires_at, key.last_used_at, key.revoked_at
        from api_keys as key
        join organisations as organisation on organisation.id = key.organisation_id
        where key.created_by = $1
        order by key.created_at desc
        limit $2
"""
# What one did, and what was done to the account, as it stands in the log.
AUDIT_ENTRIES: Final = """
        select action, actor, subject, details, occurred_at
        from (
            select position, action, actor, subject, details, occurred_at
            from audit_entries
            where actor = 'account:' || $1::uuid
            union
            select position, action, actor, subject, details, occurred_at
            from audit_entries
            where subject = $1::uuid::text
        ) as entry
        order by position desc
        limit $2
"""
CONSENTS: Final = """
        select text, version, given, fourteen_or_older, recorded_at
        from consents
        where account_id = $1
        order by position desc
        limit $2
"""
READS_OF_MY_DATA: Final = """
        select reader, reason, note, read_at
        from personal_data_reads
        where account_id = $1
        order by read_at desc
        limit $2
"""
EXPORTS: Final = """
        select made_at from personal_data_exports
        where account_id = $1
        order by made_at desc
        limit $2
"""
CLOSURES: Final = """
        select closed_at, closed_by, reason, reopened_at, reopened_by, reopening_reason
        from account_closures
        where account_id = $1
        order by closed_at desc
        limit $2
"""
SECOND_FACTOR_RESETS: Final = """
        select reset_at, reset_by, reason
        from second_factor_resets
        where account_id = $1
        order by reset_at desc
        limit $2
"""
SECTIONS: Final = {
    "roles": ROLES,
    "office_roles": OFFICE_ROLES,
    "sessions": SESSIONS,
    "contacts": CONTACTS,
    "passkeys": PASSKEYS,
    "authenticator": AUTHENTICATOR,
    "recovery_codes": RECOVERY_CODES,
    "organisations": ORGANISATIONS,
    "api_keys": API_KEYS,
    "consents": CONSENTS,
    "reads_of_my_data": READS_OF_MY_DATA,
    "exports": EXPORTS,
    "closures": CLOSURES,
    "second_factor_resets": SECOND_FACTOR_RESETS,
    "audit_entries": AUDIT_ENTRIES,
}


async def own_data(conn: Connection, contacts: ContactBook, account_id: UUID) -> PersonData:
    """Return all that accounts holds about a person, opened for themselves."""
    account = dict(await conn.fetchrow(ACCOUNT, account_id) or {})
    opened: dict[str, Any] = {
        **account,
        "name": contacts.open_name(account.get("name"), account_id),
        "email": contacts.open(account.get("email"), "email", account_id),
        "phone": contacts.open(account.get("phone"), "phone", account_id),
    }
    sections = [person_section("account", [opened])]
    for name, statement in SECTIONS.items():
        rows = await conn.fetch(statement, account_id, MOST_ITEMS + 1)
        sections.append(person_section(name, [dict(row) for row in rows]))
    children = await load_children(conn, contacts, account_id)
    sections.append(person_section("children", children))
    return PersonData(service="accounts", sections=sections)
