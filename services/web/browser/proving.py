"""The way to showing anew who one is, where a service asks for that first, and back."""

from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from services.web.domain.landing import SECOND_FACTOR, asking_again
from services.web.rendering.answers import go_to
from shared.http.client import ProblemAnswer

SECOND_FACTOR_ASKED: Final = frozenset({"fresh_second_factor_needed", "second_factor_needed"})


def way_to_prove(problem: ProblemAnswer, back: str) -> web.Response | None:
    """Return the way to a second factor or a new sign-in, and from there back to a page.

    None where something else was refused.
    """
    if problem.code in SECOND_FACTOR_ASKED:
        return go_to(f"{SECOND_FACTOR}?{urlencode({'next': back})}")
    if problem.code == "fresh_sign_in_needed":
        # The session stands until the next one does: perhaps no code reaches them any more.
        return go_to(asking_again(back), said="sign_in_again")
    return None
