"""Reading the variable parts of a page's path, and ids in forms."""

from typing import Final
from uuid import UUID

from aiohttp import web

from shared.core.errors import NotFound

LONGEST_VERSION: Final = 9


def path_id(request: web.Request, name: str) -> UUID:
    """Return the id in the path. Raises NotFound for what is no id."""
    return read_id(request.match_info[name])


def read_id(typed: str) -> UUID:
    """Return the id that a form or path names. Raises NotFound for what is no id."""
    try:
        found = UUID(typed)
    except ValueError:
        raise NotFound from None
    if str(found) != typed:
        raise NotFound
    return found


def read_version(typed: str) -> int:
    """Return the version that a form shows. Raises NotFound for what is none."""
    if not (typed.isascii() and typed.isdigit()) or len(typed) > LONGEST_VERSION:
        raise NotFound
    return int(typed)
