"""The visitor's plan, kept by the browser for two weeks."""

from typing import Final

from aiohttp import web
from pydantic import ValidationError

from services.web.browser.jar import JAR
from services.web.domain.plan import Plan

NAME: Final = "plan"
TWO_WEEKS: Final = 14 * 86400


def read_plan(request: web.Request) -> Plan:
    """Return the plan; an empty one where there is none, or where the cookie is not ours."""
    written = request[JAR].read(NAME)
    if written is None:
        return Plan()
    try:
        return Plan.model_validate_json(written)
    except ValidationError:
        return Plan()


def write_plan(request: web.Request, plan: Plan) -> None:
    """Keep the plan."""
    request[JAR].write(NAME, plan.written(), TWO_WEEKS)
