"""What a page says where accounts sends no code for now: in a little, or not before tomorrow."""

from typing import Final

from shared.http.client import ProblemAnswer

# A pause between two codes, and a limit on requests, are over by then; a day's limit is not.
LONG_SECONDS: Final = 600


def is_long(problem: ProblemAnswer) -> bool:
    """Tell whether somebody has to wait so long that another way helps them more."""
    seconds = problem.params.get("retry_after_seconds")
    return isinstance(seconds, int) and seconds > LONG_SECONDS


def why_no_code(problem: ProblemAnswer, contact: dict[str, str]) -> str:
    """Return the key of what is said to whoever asks for a code to sign in with."""
    if not is_long(problem):
        return "login.too_often"
    return "login.texts_used_up" if "phone" in contact else "login.mails_used_up"
