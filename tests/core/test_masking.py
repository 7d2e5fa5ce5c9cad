"""Masking shows enough to tell people apart, and no more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.masking import masked_email, masked_name, masked_phone


@pytest.mark.parametrize(
    ("name", "masked"), [("林小雨", "林**"), ("Lin", "L**"), ("李", "李**"), ("", "**")]
)
def test_a_name_shows_its_first_character(name: str, masked: str) -> None:
    assert masked_name(name) == masked


@pytest.mark.parametrize(
    ("phone", "masked"),
    [("+8613800138000", "138****8000"), ("+4915112345678", "+49****5678"), ("+861380", "****")],
)
def test_a_phone_number_hides_its_middle(phone: str, masked: str) -> None:
    assert masked_phone(phone) == masked


@pytest.mark.parametrize(
    ("email", "masked"),
    [("lin@example.com", "l***@e***.com"), ("l@mail.example.org", "l***@m***.org")],
)
def test_an_address_shows_its_initials(email: str, masked: str) -> None:
    assert masked_email(email) == masked


def test_what_is_not_known_stays_unknown() -> None:
    assert (masked_name(None), masked_phone(None), masked_email(None)) == (None, None, None)


@given(st.from_regex(r"\+86[0-9]{11}", fullmatch=True))
def test_four_digits_of_a_number_stay_hidden(phone: str) -> None:
    masked = masked_phone(phone)
    assert masked == f"{phone[3:6]}****{phone[-4:]}"
    assert len(masked.replace("*", "")) == 7
