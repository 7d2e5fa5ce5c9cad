"""Ask for a one-time code by e-mail or text message."""

from aiohttp import web

from services.accounts.code_sending import LoginCodeSent, send_code
from services.accounts.contact_body import ContactBody
from shared.core.errors import TooManyRequests, Unavailable
from shared.core.localized import Language
from shared.http.access import may
from shared.http.problems import language_of
from shared.http.route import route


class RequestLoginCode(ContactBody):
    """Whom to send a code, and in which language (else that of Accept-Language)."""

    language: Language | None = None


@route(
    "POST",
    "/v1/login-codes",
    access=may("sign_in"),
    status=202,
    errors=(TooManyRequests, Unavailable),
)
async def request_login_code(request: web.Request, body: RequestLoginCode) -> LoginCodeSent:
    """Send a one-time code of six digits, good for five minutes, five tries and one use.

    The answer's `attempt` goes with the code to `POST /v1/sessions`. Codes that somebody else
    asks for leave it alone; without it only the newest code counts. The answer is the same
    whether the contact has an account or not. One code every 30 seconds and twenty a day go to
    one contact; beyond that the answer is 429 with Retry-After. Text messages go to a few countries
    only (422), and so many in a day for one network, and in all (429). Where the message can't be
    sent the answer is 503, and the code is void.
    """
    language = body.language or language_of(request)
    return await send_code(request, body.contact, language, "login")
