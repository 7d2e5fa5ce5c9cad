"""Agree to a text, or take that back."""

from typing import Final, Literal

from aiohttp import web

from services.accounts import consents
from services.accounts.consents import ConsentView, TextVersion
from services.accounts.domain.consents import ConsentTexts
from services.accounts.errors import ConsentTextOutdated
from services.accounts.keys import CONSENT_TEXTS
from services.accounts.locks import lock_account
from shared.core.errors import NotFound
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.idempotency import Idempotency
from shared.http.keys import DATABASE, IDS
from shared.http.models import Body
from shared.http.route import route
from shared.http.validation import invalid


class RecordConsent(Body):
    """Which version of which text, and whether it is agreed to or taken back."""

    text: Literal["privacy", "children", "marketing"]
    version: TextVersion
    given: bool


FORGET_CHILDREN: Final = "delete from children where guardian_id = $1"


@route(
    "POST",
    "/v1/me/consents",
    access=may("account.own"),
    status=201,
    idempotent=True,
    errors=(NotFound, ConsentTextOutdated),
)
async def record_consent(
    request: web.Request, caller: Caller, body: RecordConsent, idempotency: Idempotency
) -> ConsentView:
    """Write down that the caller agrees to a text, or no longer does; the latest word counts.

    Only the current version can be agreed to. Who takes back the consent to the notice about
    children has all of them deleted at the same moment.
    """
    _check(request.app[CONSENT_TEXTS], body)
    async with transaction(request.app[DATABASE]) as conn:
        if earlier := await idempotency.earlier(conn, ConsentView):
            return earlier
        if not await lock_account(conn, caller.person):
            raise NotFound
        view = await consents.record(
            conn,
            request.app[IDS].new(),
            caller.person,
            body.text,
            body.version,
            given=body.given,
        )
        if body.text == "children" and not body.given:
            await conn.execute(FORGET_CHILDREN, caller.person)
        return await idempotency.keep(conn, view)


def _check(texts: ConsentTexts, body: RecordConsent) -> None:
    if texts.find(body.text, body.version) is None:
        raise invalid("body", "/version", "unknown_version")
    current = texts.current(body.text).version
    if body.given and body.version != current:
        raise ConsentTextOutdated(version=current)
