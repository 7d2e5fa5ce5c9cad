"""Show the texts that people are asked to agree to."""

from typing import Literal

from aiohttp import web

from services.accounts.keys import CONSENT_TEXTS
from shared.core.localized import LocalizedText
from shared.http.access import may
from shared.http.models import Page, Reply
from shared.http.route import route


class ConsentTextView(Reply):
    """One version of a text; the current one is what is asked for."""

    text: Literal["privacy", "children", "marketing"]
    version: str
    is_current: bool
    is_required: bool
    title: LocalizedText
    body: LocalizedText


@route("GET", "/v1/consent-texts", access=may("public.read"))
async def list_consent_texts(request: web.Request) -> Page[ConsentTextView]:
    """List all texts in all versions, the current ones first.

    Only what is required has to be agreed to by whoever wants an account.
    """
    texts = request.app[CONSENT_TEXTS]
    return Page[ConsentTextView](
        items=[
            ConsentTextView(
                text=text.name,
                version=text.version,
                is_current=text == texts.current(text.name),
                is_required=text.required,
                title=text.title,
                body=text.body,
            )
            for text in texts.latest_first()
        ]
    )
