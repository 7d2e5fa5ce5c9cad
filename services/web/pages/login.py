"""`/login`: an address or a phone number, a code, and back to where one was."""

import json
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from services.web.agreeing import agreed_to, boxes, unticked
from services.web.browser.ending import end_for_good
from services.web.browser.jar import JAR
from services.web.browser.session import begin_session, end_session
from services.web.browser.visitor_headers import visitor_headers
from services.web.domain.contact import masked, read_contact
from services.web.domain.landing import HOME, asking_again, landing
from services.web.domain.local_path import local_path
from services.web.domain.viewer import Viewer
from services.web.keys import ACCOUNTS, FORM, LANGUAGE, PRIVACY, SESSION_UNSURE, VIEWER
from services.web.rendering.answers import go_to, page
from services.web.waits import why_no_code
from shared.http.client import ProblemAnswer

COOKIE: Final = "login"
TEN_MINUTES: Final = 600
UNPROCESSABLE: Final = 422
TOO_MANY: Final = 429
_NOT_DIGITS: Final = re.compile(r"\D")


async def show(request: web.Request) -> web.Response:
    """Ask for an address or a phone number; whoever is signed in, where they come to do it again.

    Their session ends once the next one has begun.
    """
    back = local_path(request.query.get("next"))
    viewer = request[VIEWER]
    if viewer is not None and request.query.get("again") != "yes":
        return go_to(landing(viewer, back))
    return _ask_contact(request, back)


async def send_code(request: web.Request) -> web.Response:
    """Have a code sent, and ask for it."""
    form = request[FORM]
    back = local_path(form.get("next"))
    typed = form.get("contact", "")
    contact = read_contact(typed)
    if contact is None:
        return _ask_contact(request, back, typed, "login.contact_wrong", UNPROCESSABLE)
    # Who asks for another code stays where codes are typed: the one they have may still do.
    begun = _begun(request) if form.get("again") else None
    if begun is None and (missing := unticked(form)):
        return _ask_contact(request, back, typed, status=UNPROCESSABLE, missing=missing)
    agreed = begun.agreed if begun else await _notice(request)
    try:
        attempt = await request.app[ACCOUNTS].send_code(
            contact, request[LANGUAGE], visitor_headers(request)
        )
    except ProblemAnswer as problem:
        if problem.status == TOO_MANY and begun is not None:
            return _ask_code(request, begun, why_no_code(problem, contact), TOO_MANY)
        if problem.status == TOO_MANY:
            return _ask_contact(request, back, typed, why_no_code(problem, contact), TOO_MANY)
        if problem.status == UNPROCESSABLE:
            return _ask_contact(request, back, typed, _why_wrong(problem), UNPROCESSABLE)
        raise
    kept = {"contact": contact, "next": back, "attempt": attempt, "agreed": agreed}
    request[JAR].write(COOKIE, json.dumps(kept), TEN_MINUTES)
    return go_to("/login/code", said="code_sent" if begun else None)


async def show_code(request: web.Request) -> web.Response:
    """Ask for the code."""
    begun = _begun(request)
    return _ask_code(request, begun) if begun else _begin_anew(request)


async def sign_in(request: web.Request) -> web.Response:
    """Sign the person in with their code, and send them back."""
    begun = _begun(request)
    if begun is None:
        return _begin_anew(request)
    code = _NOT_DIGITS.sub("", request[FORM].get("code", ""))
    if not code:
        return _ask_code(request, begun, "login.code_missing")
    try:
        viewer = await request.app[ACCOUNTS].sign_in(
            {
                **begun.contact,
                "code": code,
                "attempt": begun.attempt,
                **agreed_to(begun.agreed),
            },
            request[LANGUAGE],
            visitor_headers(request),
        )
    except ProblemAnswer as problem:
        return _not_signed_in(request, begun, problem)
    request[JAR].remove(COOKIE)
    await _begin(request, viewer)
    # Whoever still lacks a second factor is not told yet that they are in.
    said = None if viewer.lacks_second_factor else "signed_in"
    return go_to(landing(viewer, begun.back), said=said)


def _not_signed_in(request: web.Request, begun: "_Begun", problem: ProblemAnswer) -> web.Response:
    if problem.code == "consent_text_outdated":
        # It changed within these minutes: the new one has to be read.
        request[JAR].remove(COOKIE)
        return go_to(_way_back(request, begun.back), said="notice_changed")
    if problem.code == "account_deactivated":
        return _ask_code(request, begun, "login.deactivated")
    if problem.status == TOO_MANY:
        return _ask_code(request, begun, "login.too_often", TOO_MANY)
    return _ask_code(request, begun, "login.code_wrong")


def _begin_anew(request: web.Request) -> web.Response:
    """Ask whoever took too long for another code, also where an earlier session still stands."""
    return go_to(_way_back(request, HOME), said="start_again")


async def sign_out(request: web.Request) -> web.Response:
    """End the session, here and at accounts; say so where accounts could not be told."""
    viewer = request[VIEWER]
    # Accounts is away, and the cookie could not be renewed: a session there may well be.
    is_over = not request[SESSION_UNSURE]
    end_session(request)
    if viewer is not None:
        is_over = await end_for_good(request, viewer)
    return go_to("/", said="signed_out" if is_over else "signed_out_here")


async def _begin(request: web.Request, viewer: Viewer) -> None:
    """Sign somebody in; whoever was signed in here before is not any more."""
    earlier = request[VIEWER]
    begin_session(request, viewer)
    if earlier is not None:
        await end_for_good(request, earlier)


@dataclass(frozen=True, slots=True)
class _Begun:
    """The contact that a code was sent to, the attempt it is for, and where to go back to.

    `agreed` is the version of the privacy notice that the person agreed to in this sign-in, when
    they also said to be fourteen or older.
    """

    contact: dict[str, str]
    attempt: str
    back: str
    agreed: str


def _begun(request: web.Request) -> _Begun | None:
    """Return the sign-in that this browser has begun."""
    kept = request[JAR].read(COOKIE)
    if kept is None:
        return None
    begun = json.loads(kept)
    return _Begun(
        begun["contact"], begun["attempt"], local_path(begun["next"]), begun.get("agreed", "")
    )


def _why_wrong(problem: ProblemAnswer) -> str:
    errors = problem.params.get("errors")
    found = errors if isinstance(errors, list) else []
    codes = [one.get("code") for one in found if isinstance(one, dict)]
    return "login.phone_country" if "phone_country" in codes else "login.contact_wrong"


async def _notice(request: web.Request) -> str:
    """Return the version of the privacy notice that is asked for now."""
    texts = await request.app[PRIVACY].texts()
    return next((text.version for text in texts if text.text == "privacy"), "")


def _way_back(request: web.Request, back: str) -> str:
    """Return where another address or phone number is asked for."""
    return "/login?" + urlencode({"next": back}) if request[VIEWER] is None else asking_again(back)


def _ask_contact(
    request: web.Request,
    back: str,
    typed: str = "",
    error: str = "",
    status: int = 200,
    *,
    missing: str = "",
) -> web.Response:
    context = {
        "back": back,
        "typed": typed,
        "error": error,
        **boxes(request.get(FORM) or {}, missing),
    }
    return page(request, "login.html", context, status=status)


def _ask_code(
    request: web.Request,
    begun: _Begun,
    error: str = "",
    status: int = UNPROCESSABLE,
) -> web.Response:
    contact = begun.contact
    context = {
        "contact": next(iter(contact.values())),
        "masked": masked(contact),
        "by_phone": "phone" in contact,
        "back": begun.back,
        "change": _way_back(request, begun.back),
        "error": error,
    }
    return page(request, "login_code.html", context, status=status if error else 200)
