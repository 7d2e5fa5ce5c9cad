"""Edits that notice each other: ETag on answers, If-Match on changes (RFC 9110 §13.1)."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import BaseModel

from shared.core.errors import PreconditionFailed

View = TypeVar("View", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Versioned(Generic[View]):
    """An answer with the version of what it shows; the version becomes its ETag."""

    body: View
    version: int


def etag(version: int) -> str:
    """Return the strong entity tag of a version, such as `"7"`."""
    return f'"{version}"'


def matches(header: str, version: int) -> bool:
    """Tell whether an If-Match or If-None-Match header names this version (or is `*`)."""
    tags = [tag.strip() for tag in header.split(",")]
    return "*" in tags or etag(version) in tags


@dataclass(frozen=True, slots=True)
class IfMatch:
    """The If-Match header of a change; a change without the header goes through."""

    header: str | None

    def check(self, version: int) -> None:
        """Raise PreconditionFailed where the caller has read another version than this one."""
        if self.header is not None and not matches(self.header, version):
            raise PreconditionFailed
