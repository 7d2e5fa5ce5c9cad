"""`/visits` and `/visits/{line}`: where I came, and what I say of it."""

from typing import Final

from aiohttp import web
from pydantic import JsonValue

from services.web.browser.asking import asking
from services.web.browser.session import viewer_of
from services.web.clients.reviews import Review, Visit
from services.web.keys import FORM, LANGUAGE, REVIEWS
from services.web.paths import path_id
from services.web.refusals import words_of
from services.web.rendering.answers import go_to, page
from shared.core.errors import NotFound
from shared.core.ids import random_token
from shared.http.client import ProblemAnswer
from shared.http.keys import CATALOGUE, CLOCK

STARS: Final = ("5", "4", "3", "2", "1")
LONGEST_TEXT: Final = 2000
UNPROCESSABLE: Final = 422


async def show(request: web.Request) -> web.Response:
    """Show the visitor's visits: those that can be reviewed, and those that were."""
    viewer_of(request)
    visits = await request.app[REVIEWS].visits(asking(request))
    return page(request, "visits.html", {"visits": visits, "now": request.app[CLOCK].now()})


async def ask(request: web.Request) -> web.Response:
    """Ask how a visit was; what was said before stands in the form."""
    viewer_of(request)
    visit = await _visit(request)
    review = await _review(request, visit)
    return _form(request, visit, review, "")


async def write(request: web.Request) -> web.Response:
    """Keep what the visitor says."""
    viewer_of(request)
    visit = await _visit(request)
    review, form = await _review(request, visit), request[FORM]
    text = form.get("text", "").replace("\r\n", "\n").strip()
    if form.get("rating") not in STARS or len(text) > LONGEST_TEXT:
        key = "review.too_long" if len(text) > LONGEST_TEXT else "review.stars_missing"
        words = request.app[CATALOGUE].text(key, request[LANGUAGE], most=LONGEST_TEXT)
        return _form(request, visit, review, words, status=UNPROCESSABLE)
    said: dict[str, JsonValue] = {
        "rating": int(form["rating"]),
        "text": text or None,
        "language": request[LANGUAGE],
    }
    try:
        if review is None:
            await request.app[REVIEWS].write(
                asking(request), visit, form.get("key", "") or random_token(16), said
            )
        else:
            await request.app[REVIEWS].edit(asking(request), review, said)
    except ProblemAnswer as problem:
        return _form(request, visit, review, words_of(problem), status=problem.status)
    return go_to(f"/venues/{visit.venue_id}", said="reviewed")


async def _visit(request: web.Request) -> Visit:
    line_id = path_id(request, "line_id")
    visits = await request.app[REVIEWS].visits(asking(request))
    found = next((visit for visit in visits if visit.line_id == line_id), None)
    if found is None:
        raise NotFound
    return found


async def _review(request: web.Request, visit: Visit) -> Review | None:
    if visit.review_id is None:
        return None
    return await request.app[REVIEWS].review(asking(request), visit.review_id)


def _form(
    request: web.Request, visit: Visit, review: Review | None, error: str, *, status: int = 200
) -> web.Response:
    form = request.get(FORM, {})
    context = {
        "visit": visit,
        "review": review,
        "stars": STARS,
        "rating": form.get("rating") or (str(review.rating) if review else ""),
        "text": form.get("text") if "text" in form else (review.text if review else "") or "",
        "key": form.get("key") or random_token(16),
        "error": error,
        "most": LONGEST_TEXT,
    }
    return page(request, "review.html", context, status=status)
