"""Change one's own name or language."""

from typing import Final

from aiohttp import web

from services.accounts.keys import CONTACTS
from services.accounts.me import MeView, read_me
from shared.core.errors import NotFound, PreconditionFailed
from shared.core.localized import Language
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.etags import IfMatch, Versioned
from shared.http.keys import DATABASE
from shared.http.models import Body, PersonName
from shared.http.route import route


class ChangeMe(Body):
    """What to change; what is left out stays. A name of null is forgotten."""

    name: PersonName | None = None
    language: Language = "zh"


LOCK: Final = """
    select version from accounts
    where id = $1 and deactivated_at is null
    for no key update
"""
CHANGE: Final = """
    update accounts
    set
        name = case when $2 then $3 else name end,
        language = case when $4 then $5 else language end,
        version = version + 1
    where id = $1
"""


@route("PATCH", "/v1/me", access=may("account.own"), errors=(NotFound, PreconditionFailed))
async def change_me(
    request: web.Request, caller: Caller, body: ChangeMe, if_match: IfMatch
) -> Versioned[MeView]:
    """Change the caller's own name or language, and show the account.

    With If-Match the change is refused (412) where the account was changed meanwhile.
    """
    contacts = request.app[CONTACTS]
    account_id = caller.account_id
    async with transaction(request.app[DATABASE]) as conn:
        version = await conn.fetchval(LOCK, account_id)
        if account_id is None or version is None:
            raise NotFound
        if_match.check(version)
        given = body.model_fields_set
        if given:
            await conn.execute(
                CHANGE,
                account_id,
                "name" in given,
                contacts.seal_name(body.name, account_id),
                "language" in given,
                body.language,
            )
        return await read_me(conn, contacts, account_id)
