"""From a contact to its account, which is created where there is none."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from services.accounts.contact_book import ContactBook
from services.accounts.domain.contacts import Contact
from shared.core.ids import IdSource
from shared.core.localized import Language
from shared.db import Connection, fetch_first, fetch_one

# Held until the transaction ends: a person who is just being named is not forgotten meanwhile.
FIND: Final = """
    select point.account_id
    from contact_points as point
    join accounts as account on account.id = point.account_id
    where point.channel = $1 and point.blind_index = $2
    for key share of account
"""
OWNS: Final = """
    select true from contact_points where account_id = $1 and channel = $2 and blind_index = $3
"""
# Who claims the address first creates the account; the others wait here and find it.
CLAIM: Final = """
    insert into contact_points (account_id, channel, address, blind_index)
    values ($1, $2, $3, $4)
    on conflict on constraint contact_points_one_account_per_address do nothing
    returning account_id
"""
CREATE: Final = "insert into accounts (id, language) values ($1, $2)"


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose contact it is."""

    account_id: UUID


async def find_or_create_account(
    conn: Connection, contacts: ContactBook, ids: IdSource, contact: Contact, language: Language
) -> UUID:
    """Return the account of a contact; a new one speaks `language`. Needs a transaction."""
    index = contacts.index(contact)
    known = await fetch_first(conn, Owner, FIND, contact.channel, index)
    if known is not None:
        return known.account_id
    account_id = ids.new()
    sealed = contacts.seal(contact, account_id)
    claimed = await fetch_first(conn, Owner, CLAIM, account_id, contact.channel, sealed, index)
    if claimed is None:
        return (await fetch_one(conn, Owner, FIND, contact.channel, index)).account_id
    await conn.execute(CREATE, account_id, language)
    return account_id


async def still_owns(
    conn: Connection, contacts: ContactBook, contact: Contact, account_id: UUID
) -> bool:
    """Tell whether a contact is the account's now that the account is locked."""
    index = contacts.index(contact)
    return bool(await conn.fetchval(OWNS, account_id, contact.channel, index))
