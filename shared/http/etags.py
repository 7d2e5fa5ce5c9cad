"""Edits that notice each other, readers that need no second copy: ETag, If-Match, If-None-Match.

RFC 9110 §8.8.3 (comparison), §13.1.1 and §13.1.2; RFC 6585 §3 for changes without If-Match.
"""

from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import BaseModel

from shared.core.errors import PreconditionFailed, PreconditionRequired

View = TypeVar("View", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Versioned(Generic[View]):
    """An answer with the version of what it shows; the version becomes its ETag.

    With `shows_more` it also shows what changes without a new version: it is always sent whole.
    """

    body: View
    version: int
    shows_more: bool = False


def etag(version: int) -> str:
    """Return the strong entity tag of a version, such as `"7"`."""
    return f'"{version}"'


def allows_change(if_match: str | None, tag: str) -> bool:
    """Tell whether an If-Match header is missing, is `*`, or names this tag as a strong one."""
    return if_match is None or _names(if_match, tag)


def is_known(if_none_match: str | None, tag: str) -> bool:
    """Tell whether an If-None-Match header names this tag, strong or weak, or is `*`.

    A cache that compressed an answer marks its tag by `W/`: what it shows is the same.
    """
    return if_none_match is not None and _names(if_none_match.replace('W/"', '"'), tag)


def _names(header: str, tag: str) -> bool:
    tags = [given.strip() for given in header.split(",")]
    return tag in tags or tags == ["*"]


@dataclass(frozen=True, slots=True)
class IfMatch:
    """The If-Match header of a change; a change without the header goes through."""

    header: str | None

    def check(self, version: int) -> None:
        """Raise PreconditionFailed where the caller has read another version than this one."""
        if not allows_change(self.header, etag(version)):
            raise PreconditionFailed

    def require(self) -> None:
        """Raise PreconditionRequired where the change does not say what it has read."""
        if self.header is None:
            raise PreconditionRequired

    def check_replacement(self, version: int | None) -> None:
        """Check a PUT that creates what is not there yet (None), or replaces this version.

        Raises PreconditionRequired where it would replace what it does not say to have read, and
        PreconditionFailed where it has read something else, or what is not there.
        """
        if version is not None:
            self.require()
            self.check(version)
        elif self.header is not None:
            raise PreconditionFailed


@dataclass(frozen=True, slots=True)
class RequiredIfMatch(IfMatch):
    """The If-Match header of a change that is refused without it, before anything is looked up.

    So two editors can't overwrite each other; whoever means to anyway says `*`.
    """
