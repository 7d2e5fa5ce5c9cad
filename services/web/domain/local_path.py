"""Where a person may be sent after a form: only to a page of ours (no open redirects)."""

import re
from typing import Final

# One slash, then no second slash or backslash: `//evil.example` and `/\\evil.example` are hosts.
_LOCAL: Final = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*", re.ASCII)
LONGEST: Final = 500


def local_path(wanted: str | None, default: str = "/") -> str:
    """Return `wanted` where it is a path of this site, else `default`."""
    if wanted and len(wanted) <= LONGEST and _LOCAL.fullmatch(wanted):
        return wanted
    return default
