"""`/me/contacts`: the phone number and the mail address that one signs in with."""

import json
import re
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from services.web.browser.asking import asking
from services.web.browser.jar import JAR
from services.web.browser.session import viewer_of
from services.web.domain.contact import masked, read_contact
from services.web.keys import ACCOUNTS, FORM
from services.web.refusals import words_of
from services.web.rendering.answers import go_to, page
from services.web.waits import is_long
from shared.core.errors import NotFound
from shared.http.client import ProblemAnswer

HERE: Final = "/me/contacts"
CODE: Final = "/me/contacts/code"
COOKIE: Final = "contact"
TEN_MINUTES: Final = 600
UNPROCESSABLE: Final = 422
TOO_MANY: Final = 429
CHANNELS: Final = ("phone", "email")
_NOT_DIGITS: Final = re.compile(r"\D")


@dataclass(frozen=True, slots=True)
class _Begun:
    """The contact that a code was sent to, and the attempt that the code is for."""

    contact: dict[str, str]
    attempt: str


async def show(request: web.Request) -> web.Response:
    """Show both, and what can be done about each."""
    return await _answer(request)


async def send_code(request: web.Request) -> web.Response:
    """Have a code sent to a new contact, and ask for it."""
    by, form = asking(request), request[FORM]
    typed, channel = form.get("contact", ""), form.get("channel", "")
    if channel not in CHANNELS:
        raise NotFound
    contact = read_contact(typed)
    if contact is None or channel not in contact:
        return await _answer(request, channel, typed, f"contacts.{channel}_wrong")
    try:
        attempt = await request.app[ACCOUNTS].send_contact_code(by, contact)
    except ProblemAnswer as problem:
        if problem.status == TOO_MANY:
            why = f"contacts.{channel}_used_up" if is_long(problem) else "login.too_often"
            return await _answer(request, channel, typed, why, status=TOO_MANY)
        if problem.status != UNPROCESSABLE and problem.code != "named_by_setting":
            raise
        return await _answer(request, channel, typed, told=words_of(problem))
    kept = json.dumps({"contact": contact, "attempt": attempt})
    request[JAR].write(COOKIE, kept, TEN_MINUTES)
    return go_to(CODE)


async def show_code(request: web.Request) -> web.Response:
    """Ask for the code."""
    viewer_of(request)
    begun = _begun(request)
    return _ask_code(request, begun) if begun else go_to(HERE)


async def confirm(request: web.Request) -> web.Response:
    """Take the code, and with it the contact."""
    by, begun = asking(request), _begun(request)
    if begun is None:
        return go_to(HERE)
    code = _NOT_DIGITS.sub("", request[FORM].get("code", ""))
    if not code:
        return _ask_code(request, begun, "login.code_missing")
    try:
        await request.app[ACCOUNTS].change_contact(by, begun.contact, code, begun.attempt)
    except ProblemAnswer as problem:
        if problem.status == UNPROCESSABLE:
            return _ask_code(request, begun, "login.code_wrong")
        if problem.code not in {"contact_taken", "named_by_setting"}:
            raise
        request[JAR].remove(COOKIE)
        [(channel, typed)] = begun.contact.items()
        return await _answer(request, channel, typed, told=problem.detail)
    request[JAR].remove(COOKIE)
    return go_to(HERE, said="contact_changed")


async def remove(request: web.Request) -> web.Response:
    """Remove one of the two."""
    by, channel = asking(request), request[FORM].get("channel", "")
    if channel not in CHANNELS:
        raise NotFound
    try:
        await request.app[ACCOUNTS].remove_contact(by, channel)
    except ProblemAnswer as problem:
        if problem.code not in {"last_contact", "named_by_setting"}:
            raise
        return await _answer(request, channel, told=problem.detail)
    return go_to(HERE, said="contact_changed")


def _begun(request: web.Request) -> _Begun | None:
    kept = request[JAR].read(COOKIE)
    return None if kept is None else _Begun(**json.loads(kept))


def _ask_code(request: web.Request, begun: _Begun, error: str = "") -> web.Response:
    context = {
        "masked": masked(begun.contact),
        "by_phone": "phone" in begun.contact,
        "error": error,
    }
    return page(request, "contact_code.html", context, status=UNPROCESSABLE if error else 200)


async def _answer(
    request: web.Request,
    channel: str = "",
    typed: str = "",
    error: str = "",
    *,
    told: str = "",
    status: int = UNPROCESSABLE,
) -> web.Response:
    me = await request.app[ACCOUNTS].me(viewer_of(request))
    context = {
        "contacts": [("phone", me.phone), ("email", me.email)],
        "has_both": me.phone is not None and me.email is not None,
        "wrong": channel,
        "typed": typed,
        "error": error,
        "told": told,
    }
    return page(request, "contacts.html", context, status=status if error or told else 200)
