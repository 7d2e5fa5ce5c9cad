"""What another service refused, in its own words: they are for the visitor."""

from typing import Final

from shared.http.client import ProblemAnswer

# The state of things says no, or what was asked for is not possible.
REFUSALS: Final = frozenset({409, 422})


def words_of(problem: ProblemAnswer) -> str:
    """Return the sentences about what was refused; of fields, the sentences about each.

    Raises the problem again where it is no refusal, but a fault.
    """
    if problem.status not in REFUSALS:
        raise problem
    errors = problem.params.get("errors")
    found = errors if isinstance(errors, list) else []
    told = [str(one["message"]) for one in found if isinstance(one, dict) and one.get("message")]
    return " ".join(told) or problem.detail
