"""The boxes of a sign-in: that one agrees to the privacy notice, and is old enough."""

from collections.abc import Mapping
from typing import Final

from pydantic import JsonValue

BOXES: Final = ("privacy", "of_age")


def unticked(form: Mapping[str, str]) -> str:
    """Return the box that was left empty; another person's ticks, or earlier ones, say nothing."""
    return next((box for box in BOXES if form.get(box) != "yes"), "")


def agreed_to(version: str) -> dict[str, JsonValue]:
    """Return what accounts hears of whoever ticked both boxes below a version of the notice."""
    return {"accepted_privacy_version": version, "fourteen_or_older": True}


def boxes(form: Mapping[str, str], missing: str = "") -> dict[str, object]:
    """Return what the boxes of a page show: the ticks that were made, and the one that is amiss."""
    return {
        "ticked": {box for box in BOXES if form.get(box) == "yes"},
        "box_error": {missing: f"login.{missing}_missing"} if missing else {},
    }
