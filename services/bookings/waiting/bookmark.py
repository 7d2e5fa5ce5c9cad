"""How far a process has looked through the line; it begins anew when it starts."""

from dataclasses import dataclass


@dataclass(slots=True)
class Bookmark:
    """The last place in line that was looked at; 0 before the first one."""

    place: int = 0
