"""`/gate`: a ticket's code in, green, amber or red out.

The result is kept in a sealed cookie for a minute and shown once. So a reload does not check in
again, and nobody can make a green page by an address.
"""

from datetime import date, datetime
from typing import Final, Literal

from aiohttp import web
from pydantic import BaseModel, ValidationError

from services.web.browser.jar import JAR
from services.web.browser.session import operator_of
from services.web.clients.gate import CheckIn
from services.web.domain.day_chips import read_day
from services.web.domain.viewer import Viewer
from services.web.keys import FORM, GATE
from services.web.rendering.answers import go_to, page
from shared.core.ids import normalise_order_code
from shared.http.client import ProblemAnswer

COOKIE: Final = "gate"
MINUTE: Final = 60
LONGEST_CODE: Final = 200

Colour = Literal["green", "amber", "red"]


class GateResult(BaseModel):
    """What the gate shows: `reason` is a key of the texts."""

    colour: Colour
    reason: str
    code: str = ""
    ticket_day: date | None = None
    used_at: datetime | None = None
    admitted: CheckIn | None = None


async def show(request: web.Request) -> web.Response:
    """Show the field for a code, and the last result once."""
    operator_of(request)
    kept = request[JAR].read(COOKIE)
    result = None
    if kept is not None:
        request[JAR].remove(COOKIE)
        try:
            result = GateResult.model_validate_json(kept)
        except ValidationError:
            result = None
    return page(request, "gate.html", {"result": result})


async def check(request: web.Request) -> web.Response:
    """Check a ticket in, or say why not."""
    viewer = operator_of(request)
    form = request[FORM]
    code = "".join(form.get("code", "").split())
    if not code:
        return go_to("/gate")
    anyway = form.get("anyway") == "yes"
    result = await _result(request.app, viewer, code[: LONGEST_CODE + 1], anyway=anyway)
    request[JAR].write(COOKIE, result.model_dump_json(), MINUTE)
    return go_to("/gate")


async def _result(app: web.Application, viewer: Viewer, code: str, *, anyway: bool) -> GateResult:
    if normalise_order_code(code) is not None:
        return GateResult(colour="amber", reason="order_code")
    if len(code) > LONGEST_CODE:
        return GateResult(colour="red", reason="ticket_not_genuine")
    try:
        admitted = await app[GATE].check_in(viewer, {"code": code}, admit_on_another_day=anyway)
    except ProblemAnswer as problem:
        return _refusal(problem, code)
    return GateResult(colour="green", reason="admitted", admitted=admitted)


def _refusal(problem: ProblemAnswer, code: str) -> GateResult:
    if problem.code == "ticket_for_another_day":
        day = read_day(str(problem.params.get("day", "")))
        return GateResult(colour="amber", reason=problem.code, code=code, ticket_day=day)
    if problem.code == "ticket_already_used":
        used_at = _instant(str(problem.params.get("checked_in_at", "")))
        return GateResult(colour="red", reason=problem.code, used_at=used_at)
    if problem.code == "ticket_cancelled":
        return GateResult(colour="red", reason=problem.code)
    if problem.status == 404:  # noqa: PLR2004 - genuine, but of another operator
        return GateResult(colour="red", reason="ticket_not_here")
    if problem.status == 422:  # noqa: PLR2004 - no ticket of ours
        return GateResult(colour="red", reason="ticket_not_genuine")
    raise problem


def _instant(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
