"""The life of a venue: from an operator's draft to a place that takes bookings."""

from typing import Final, Literal, get_args

State = Literal["draft", "submitted", "rejected", "published", "paused"]
Decision = Literal["submitted", "approved", "rejected", "paused", "resumed"]

STATES: Final[tuple[State, ...]] = get_args(State)

# The database holds the same steps in `venue_steps` and refuses every other; here they let a
# caller hear so in time, with the state in which the venue is.
STEPS: Final[dict[Decision, tuple[State, State]]] = {
    "approved": ("submitted", "published"),
    "rejected": ("submitted", "rejected"),
    "paused": ("published", "paused"),
    "resumed": ("paused", "published"),
}
SUBMITTABLE: Final[tuple[State, ...]] = ("draft", "rejected")


def next_state(state: State, decision: Decision) -> State | None:
    """Return the state that a decision leads to, or None where it can't be taken."""
    if decision == "submitted":
        return "submitted" if state in SUBMITTABLE else None
    before, after = STEPS[decision]
    return after if state == before else None
