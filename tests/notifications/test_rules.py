from datetime import timedelta

import pytest

from services.notifications.domain.pauses import MOST_ATTEMPTS, SLOW_PAUSE, pause_after
from services.notifications.domain.recipients import Recipient, recipient_of


def test_pauses_double_from_half_a_second_to_sixteen() -> None:
    seconds = [pause.total_seconds() for n in range(1, 9) if (pause := pause_after(n))]
    assert seconds == [0.5, 1, 2, 4, 8, 16, 16, 16]


def test_a_message_is_tried_for_most_of_a_day_and_then_given_up() -> None:
    pauses = [pause_after(attempts) for attempts in range(1, MOST_ATTEMPTS)]
    assert pauses[-1] == SLOW_PAUSE
    assert sum((pause for pause in pauses if pause), timedelta()) > timedelta(hours=23)
    assert pause_after(MOST_ATTEMPTS) is None


def test_mail_is_preferred_to_a_text_message() -> None:
    assert recipient_of("a@b.example", "+8613800000000") == Recipient("email", "a@b.example")
    assert recipient_of(None, "+8613800000000") == Recipient("sms", "+8613800000000")
    assert recipient_of(None, None) is None


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a@b",
        "a@b.example, c@d.example",
        "a@b.example\r\nBcc: c@d.example",
        "a b@c.example",
        '"a"@b.example',
        "<a@b.example>",
        f"{'a' * 250}@b.example",
        "a@b.example\n",
    ],
)
def test_what_is_not_one_plain_address_is_none(address: str) -> None:
    assert recipient_of(address, None) is None


def test_an_address_does_not_show_itself() -> None:
    assert "example" not in repr(Recipient("email", "a@b.example"))
