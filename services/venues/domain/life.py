"""The life of a venue: from an operator's draft to a place that takes bookings, and its end."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, get_args

State = Literal["draft", "submitted", "rejected", "published", "paused", "archived"]
Decision = Literal["submitted", "approved", "rejected", "paused", "resumed", "archived", "restored"]

STATES: Final[tuple[State, ...]] = get_args(State)
# What was approved once: its changes may have to be approved as well.
APPROVED: Final[frozenset[State]] = frozenset({"published", "paused"})

# The database holds the same steps in `venue_steps` and refuses every other; here they let a
# caller hear so in time, with the state in which the venue is.
STEPS: Final[Mapping[Decision, tuple[frozenset[State], State]]] = MappingProxyType(
    {
        "submitted": (frozenset({"draft", "rejected"}), "submitted"),
        "approved": (frozenset({"submitted"}), "published"),
        "rejected": (frozenset({"submitted"}), "rejected"),
        "paused": (frozenset({"published"}), "paused"),
        "resumed": (frozenset({"paused"}), "published"),
        "archived": (frozenset({"draft", "rejected", "published", "paused"}), "archived"),
        "restored": (frozenset({"archived"}), "draft"),
    }
)


def next_state(state: State, decision: Decision) -> State | None:
    """Return the state that a decision leads to, or None where it can't be taken."""
    before, after = STEPS[decision]
    return after if state in before else None
