from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest

from services.notifications.mail.message import Letter, Postmark, one_line, write_message

NOW = datetime(2026, 9, 19, tzinfo=UTC)


def postmark(mailbox: str = "ming@example.com") -> Postmark:
    return Postmark("no-reply@xiangyou.example", mailbox, NOW, "0198")


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\u2028", "\x85", "\x0b", "\x00"])
def test_a_subject_cannot_smuggle_in_a_header(break_: str) -> None:
    written = write_message(Letter(f"陶杯{break_}Bcc: thief@example.com", "text"), postmark())
    message = message_from_bytes(written, policy=policy.default)
    assert message["Subject"] == "陶杯 Bcc: thief@example.com"
    assert message["Bcc"] is None
    assert b"\nBcc:" not in written


@pytest.mark.parametrize(
    "mailbox",
    ["a@b.example\r\nBcc: c@d.example", "a@b.example, c@d.example", "a@b.example>", "a b", "a@"],
)
def test_a_mailbox_that_is_more_than_one_address_is_refused(mailbox: str) -> None:
    with pytest.raises(ValueError, match="not one mail address"):
        postmark(mailbox)


def test_a_repetition_has_the_same_message_id() -> None:
    first, second = (
        message_from_bytes(write_message(Letter(subject, "t"), postmark())) for subject in "ab"
    )
    assert first["Message-ID"] == second["Message-ID"] == "<0198@xiangyou.example>"
    assert first["X-Entity-Ref-ID"] == "0198"


def test_one_line_keeps_words_apart() -> None:
    assert one_line(" a\r\n\tb  c ") == "a b c"
