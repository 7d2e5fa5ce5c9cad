"""Answers of the pages: a rendered template, or the way to another page."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from services.web.browser.csrf import FIELD, form_token
from services.web.browser.plan_cookie import read_plan
from services.web.domain.local_path import local_path
from services.web.keys import LANGUAGE, TEMPLATES, VIEWER
from services.web.rendering import formats
from services.web.settings import WebSettings
from shared.core.localized import Language, LocalizedText
from shared.http.keys import CATALOGUE, REQUEST_ID, SETTINGS

POLICY: Final = (
    "default-src 'none'; "
    "img-src 'self'; "
    "style-src 'self'; "
    "{scripts}"
    "form-action 'self'{payment_sites}; "
    "base-uri 'none'; "
    "frame-ancestors 'none'"
)
OUR_SCRIPTS: Final = "script-src 'self'; "
# `same-origin` and not `no-referrer`: with the latter browsers send forms with `Origin: null`.
HEADERS: Final = {
    "Content-Security-Policy": POLICY.format(payment_sites="", scripts=""),
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    hdrs.CACHE_CONTROL: "no-store",
    hdrs.VARY: "Cookie, Accept-Language, Accept-Encoding",
}
# What a page may say after a form was sent, by `?said=`.
SAYINGS: Final = frozenset(
    {
        "added",
        "removed",
        "ordered",
        "ordered_before",
        "paid",
        "pay_again",
        "not_paid",
        "changed",
        "line_cancelled",
        "code_sent",
        "joined",
        "offer_refused",
        "left_list",
        "cancelled",
        "saved",
        "signed_in",
        "signed_out",
        "signed_out_here",
        "contact_changed",
        "session_ended",
        "sessions_ended",
        "removed_passkey",
        "removed_authenticator",
        "authenticator_added",
        "passkey_added",
        "start_again",
        "try_again",
        "sign_in_again",
        "notice_changed",
        "checked_in",
        "already_in",
        "another_day",
        "not_admitted",
        "submitted",
        "approved",
        "rejected",
        "changed_meanwhile",
        "no_schedule",
        "no_licence",
        "reviewed",
        "erased",
    }
)


def page(
    request: web.Request,
    template: str,
    context: Mapping[str, Any],
    *,
    status: int = 200,
    pays: bool = False,
    scripts: bool = False,
) -> web.Response:
    """Render a template with what every page needs, in the request's language.

    With `pays` a form of the page may lead on to the page of a payment provider; with `scripts`
    the page may use a script of ours.
    """
    made = request.app[TEMPLATES].get_template(template)
    text = made.render({**_common(request), **context})
    response = web.Response(
        text=text,
        status=status,
        content_type="text/html",
        headers={**HEADERS, "Content-Language": request[LANGUAGE]},
    )
    settings = request.app[SETTINGS]
    if pays and isinstance(settings, WebSettings):
        policy = POLICY.format(payment_sites=f" {settings.payment_sites}", scripts="")
        response.headers["Content-Security-Policy"] = policy
    if scripts:
        policy = POLICY.format(payment_sites="", scripts=OUR_SCRIPTS)
        response.headers["Content-Security-Policy"] = policy
    response.enable_compression()
    return response


def go_to(path: str, *, said: str | None = None) -> web.Response:
    """Send the browser to another page of ours after a form (303), with something to say there."""
    path = local_path(path)
    if said is not None:
        path += f"{'&' if '?' in path else '?'}said={said}"
    return web.Response(status=303, headers={**HEADERS, hdrs.LOCATION: path})


def go_outside(url: str) -> web.Response:
    """Send the browser to a payment provider (303)."""
    return web.Response(status=303, headers={**HEADERS, hdrs.LOCATION: url})


def _common(request: web.Request) -> dict[str, Any]:
    language = request[LANGUAGE]
    catalogue = request.app[CATALOGUE]

    def text(key: str, **params: object) -> str:
        if params.get("count") == 1 and catalogue.has(f"{key}.one"):
            key = f"{key}.one"
        return catalogue.text(key, language, **params)

    def words(value: LocalizedText | None) -> str:
        return "" if value is None else value.text(language)

    said = request.query.get("said")
    return {
        "t": text,
        "has_text": catalogue.has,
        "words": words,
        "language": language,
        "here": here(request),
        "viewer": request[VIEWER],
        "plan_count": len(read_plan(request).lines),
        "said": said if said in SAYINGS else None,
        "csrf_field": FIELD,
        "csrf": partial(form_token, request),
        "request_id": request.get(REQUEST_ID, ""),
        **_formats(language),
    }


def here(request: web.Request) -> str:
    """Return the page that is shown: of a form's answer, the page that the form was on.

    Without what it said: whoever comes back has done something else meanwhile.
    """
    if request.method in {hdrs.METH_GET, hdrs.METH_HEAD}:
        return local_path(_silent(request.raw_path))
    came_from = urlsplit(request.headers.get(hdrs.REFERER, ""))
    if came_from.netloc != request.host:
        return "/"
    return local_path(_silent(f"{came_from.path}?{came_from.query}"))


def _silent(path: str) -> str:
    place, _, query = path.partition("?")
    kept = "&".join(part for part in query.split("&") if not part.startswith("said="))
    return f"{place}?{kept}" if kept else place


def _formats(language: Language) -> dict[str, Any]:
    def day(value: date) -> str:
        return formats.day(value, language)

    def short_day(value: date) -> str:
        return formats.short_day(value, language)

    def weekday(value: date) -> str:
        return formats.weekday(value, language)

    def short_month(value: date) -> str:
        return formats.short_month(value, language)

    def month(value: date) -> str:
        return formats.month(value, language)

    def moment(value: datetime) -> str:
        return formats.moment(value, language)

    return {
        "day": day,
        "short_day": short_day,
        "weekday": weekday,
        "short_month": short_month,
        "month": month,
        "moment": moment,
    }
