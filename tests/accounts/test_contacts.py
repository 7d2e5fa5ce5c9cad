import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.accounts.domain.contacts import Contact, email_contact, phone_contact

LOCAL_PARTS = st.from_regex(r"[A-Za-z0-9_+-]{1,20}(\.[A-Za-z0-9]{1,10}){0,2}", fullmatch=True)
DOMAINS = st.from_regex(r"([a-zA-Z0-9]{1,10}\.){1,3}[a-zA-Z]{2,8}", fullmatch=True)
MOBILES = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)


def full_width(text: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


@given(local=LOCAL_PARTS, domain=DOMAINS)
def test_an_email_is_one_contact_however_it_is_typed(local: str, domain: str) -> None:
    plain = email_contact(f"{local}@{domain}")
    assert plain == Contact("email", f"{local}@{domain}".lower())
    assert email_contact(f"  {local}@{domain.upper()} ") == plain
    assert email_contact(full_width(f"{local}@{domain}")) == plain
    assert email_contact(plain.address) == plain


@given(MOBILES)
def test_a_phone_is_one_contact_however_it_is_typed(mobile: str) -> None:
    plain = phone_contact(mobile)
    assert plain == Contact("phone", f"+86{mobile}")
    for typed in (
        f"+86{mobile}",
        f"0086 {mobile}",
        f"+86 {mobile[:3]}-{mobile[3:7]}-{mobile[7:]}",
        full_width(f" {mobile} "),
    ):
        assert phone_contact(typed) == plain
    assert phone_contact(plain.address) == plain


@given(st.text(max_size=80))
def test_whatever_is_typed_becomes_a_plain_address_or_is_refused(typed: str) -> None:
    for read, allowed in (
        (email_contact, set(string.printable) - set(string.whitespace + string.ascii_uppercase)),
        (phone_contact, set("+" + string.digits)),
    ):
        try:
            contact = read(typed)
        except ValueError:
            continue
        assert set(contact.address) <= allowed
        assert len(contact.address) <= 254
        assert read(contact.address) == contact


@given(
    before=LOCAL_PARTS, after=DOMAINS, line_break=st.sampled_from("\r\n\x0b\x0c\x85\u2028\0,;<>")
)
def test_nothing_can_be_smuggled_into_a_mail_header(
    before: str, after: str, line_break: str
) -> None:
    for typed in (
        f"{before}{line_break}@{after}",
        f"{before}@{after}{line_break}bcc:x@{after}",
        f"{before}@{line_break}{after}",
    ):
        with pytest.raises(ValueError, match="not an e-mail address"):
            email_contact(typed)


def test_a_chinese_domain_is_written_in_ascii() -> None:
    assert email_contact("lin@例子.中国").address == "lin@xn--fsqu00a.xn--fiqs8s"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "@",
        "lin",
        "lin@",
        "@example.com",
        "lin@localhost",
        "lin@127.0.0.1",
        "lin@-example.com",
        "lin..wu@example.com",
        ".lin@example.com",
        "lin@example..com",
        "a@b@example.com",
        '"lin"@example.com',
        "lin wu@example.com",
        f"{'a' * 65}@example.com",
        f"lin@{'a' * 64}.com",
        f"lin@{'abcdefghi.' * 25}com",
    ],
)
def test_what_is_no_email_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="not an e-mail address"):
        email_contact(typed)


@pytest.mark.parametrize(
    "typed",
    ["", "110", "1390000", "+", "138001380001", "+86 138", "1-800-FLOWERS", "13800138000;ext=5"],
)
def test_what_is_no_mobile_number_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        phone_contact(typed)


def test_a_number_from_abroad_keeps_its_country() -> None:
    assert phone_contact("+44 7400 123456").address == "+447400123456"


def test_a_number_that_was_never_assigned_is_taken() -> None:
    assert phone_contact("10000000001").address == "+8610000000001"


def test_a_contact_does_not_show_its_address() -> None:
    assert "lin" not in repr(email_contact("lin@example.com"))
