"""The privacy notice at sign-in, whichever way one signs in: who has to agree to it, and doing so.

Sources: PIPL articles 13 and 14 (a notice that has changed is agreed to anew), 31 (children).
"""

from uuid import UUID

from aiohttp import web
from pydantic import Field

from services.accounts import consents
from services.accounts.consents import TextVersion
from services.accounts.errors import (
    ConsentTextOutdated,
    PrivacyConsentNeeded,
    TooYoungForAccount,
)
from services.accounts.keys import CONSENT_TEXTS
from shared.db import Connection
from shared.http.keys import IDS
from shared.http.models import Body


class SignInConsent(Body):
    """What a person has just said about the privacy notice and their age."""

    accepted_privacy_version: TextVersion | None = Field(
        None,
        description="The version of the privacy notice that the person has just agreed to; "
        "needed from whoever does not agree to the current one yet.",
    )
    fourteen_or_older: bool | None = Field(
        None,
        description="Whether the person has just said to be fourteen or older; needed with their "
        "first consent, and recorded with it.",
    )


def check_said(app: web.Application, said: SignInConsent) -> None:
    """Refuse before anything is looked at, so that the answer tells nothing about an account.

    Raises TooYoungForAccount and ConsentTextOutdated.
    """
    if said.fourteen_or_older is False:
        raise TooYoungForAccount
    current = app[CONSENT_TEXTS].current("privacy").version
    if said.accepted_privacy_version not in (None, current):
        raise ConsentTextOutdated(version=current)


async def agree(
    conn: Connection, app: web.Application, account_id: UUID, said: SignInConsent
) -> None:
    """Let on who agrees to the notice as it is now, and write down what was said just now.

    Raises PrivacyConsentNeeded. The caller holds the account's lock.
    """
    current = app[CONSENT_TEXTS].current("privacy").version
    standing = await consents.find_standing(conn, account_id, "privacy")
    agrees = said.accepted_privacy_version or (standing and standing.version)
    if agrees != current or (standing is None and not said.fourteen_or_older):
        raise PrivacyConsentNeeded(version=current)
    if said.accepted_privacy_version is None or (
        standing is not None and standing.covers(current, says_age=bool(said.fourteen_or_older))
    ):
        return
    await consents.record(
        conn,
        app[IDS].new(),
        account_id,
        "privacy",
        current,
        given=True,
        fourteen_or_older=said.fourteen_or_older,
    )
