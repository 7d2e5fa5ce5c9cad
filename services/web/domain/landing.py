"""Where somebody goes to sign in anew, and after signing in."""

from typing import Final
from urllib.parse import urlencode

from services.web.domain.viewer import Viewer

HOME: Final = "/"
SECOND_FACTOR: Final = "/login/second"
SET_UP: Final = "/me/security/setup"


def asking_again(back: str) -> str:
    """Return where somebody who is signed in signs in anew, and goes back from."""
    return f"/login?{urlencode({'again': 'yes', 'next': back})}"


def landing(viewer: Viewer, back: str) -> str:
    """Return where they came from, else their own page: that of their work, where they have one.

    Whoever still lacks a second factor shows or sets up one first.
    """
    if viewer.second_factor == "needed":
        return f"{SECOND_FACTOR}?{urlencode({'next': back})}"
    if viewer.second_factor == "to_enrol":
        return f"{SET_UP}?{urlencode({'next': back})}"
    if back != HOME:
        return back
    if viewer.is_office:
        return "/office"
    return "/operator" if viewer.is_operator else HOME
