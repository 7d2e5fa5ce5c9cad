"""The phone number and the mail address of one's account, on the pages."""

from collections.abc import Callable
from typing import Any

from tests.web import examples
from tests.web.browser import Browser
from tests.web.district import Json
from tests.web.peers import Asked, Peers, problem

HERE = "/me/contacts"
CODE = "/me/contacts/code"


async def begin(browser: Browser) -> None:
    page = await browser.get(HERE)
    [by_phone, _by_mail] = [form for form in page.forms if form.action == HERE]
    sent = await browser.send(by_phone, contact="139 0000 0002")
    assert sent.headers["Location"] == CODE


async def test_a_new_number_is_proved_by_a_code_and_takes_the_place_of_the_old_one(
    signed_in: Callable[..., Any], peers: Peers
) -> None:
    browser: Browser = await signed_in()
    assert f'href="{HERE}"' in (await browser.get("/me")).text
    sent = {"attempt": examples.ATTEMPT, "resend_after_seconds": 30}
    peers.answers["POST", "/v1/me/contact-codes"] = 202, sent
    await begin(browser)
    [asked] = peers.of("POST", "/v1/me/contact-codes")
    assert asked.body == {"phone": "+8613900000002", "language": "zh"}
    page = await browser.get(CODE)
    assert "139****0002" in page.text
    assert examples.ATTEMPT not in page.text
    done = await browser.send(page.form(CODE), code="123 456")
    assert done.headers["Location"] == f"{HERE}?said=contact_changed"
    [changed] = peers.of("POST", "/v1/me/contacts")
    assert changed.body == {
        "phone": "+8613900000002",
        "code": "123456",
        "attempt": examples.ATTEMPT,
    }


async def test_what_is_no_phone_number_stays_in_its_field(
    signed_in: Callable[..., Any], peers: Peers
) -> None:
    browser: Browser = await signed_in()
    page = await browser.get(HERE)
    refused = await browser.send(page.form(HERE), contact="lin@example.com")
    assert refused.status == 422
    assert "这看起来不像手机号" in refused.text
    assert refused.form(HERE).values["contact"] == "lin@example.com"
    assert peers.of("POST", "/v1/me/contact-codes") == []


async def test_a_wrong_code_and_a_number_of_somebody_else_are_told(
    signed_in: Callable[..., Any], peers: Peers
) -> None:
    browser: Browser = await signed_in()
    sent = {"attempt": examples.ATTEMPT, "resend_after_seconds": 30}
    peers.answers["POST", "/v1/me/contact-codes"] = 202, sent
    await begin(browser)
    form = (await browser.get(CODE)).form(CODE)
    peers.answers["POST", "/v1/me/contacts"] = problem(422, "login_code_not_accepted")
    refused = await browser.send(form, code="000000")
    assert (refused.status, "验证码不对或已过期" in refused.text) == (422, True)
    # A typo uses up one try of five.
    assert "请核对一下" in refused.text
    peers.answers["POST", "/v1/me/contacts"] = problem(409, "contact_taken", "已用于另一个账号。")
    refused = await browser.send(form, code="123456")
    assert (refused.status, "已用于另一个账号。" in refused.text) == (422, True)


async def test_whoever_signed_in_long_ago_signs_in_again_and_comes_back(
    signed_in: Callable[..., Any], peers: Peers
) -> None:
    browser: Browser = await signed_in()
    page = await browser.get(HERE)
    peers.answers["POST", "/v1/me/contact-codes"] = problem(403, "fresh_sign_in_needed")
    here = {"Referer": str(browser.client.make_url(HERE))}
    sent = await browser.send(page.form(HERE), headers=here, contact="13900000002")
    again = "/login?again=yes&next=%2Fme%2Fcontacts"
    assert sent.headers["Location"] == f"{again}&said=sign_in_again"
    page = await browser.get(sent.headers["Location"])
    assert "请重新登录" in page.text
    ticks = {"privacy": "yes", "of_age": "yes"}
    await browser.send(page.form("/login"), None, contact="13800000001", **ticks)
    page = await browser.get("/login/code")
    assert f'href="{again.replace("&", "&amp;")}"' in page.text
    # No code may reach them any more: the session stands until the next one does.
    assert peers.of("DELETE", "/v1/sessions/current") == []
    assert (await browser.get("/me")).status == 200
    peers.answers["POST", "/v1/sessions"] = 201, examples.session(access_token="fresh")
    done = await browser.send(page.form("/login/code"), code="123456")
    assert done.headers["Location"] == f"{HERE}?said=signed_in"
    [ended] = peers.of("DELETE", "/v1/sessions/current")
    assert ended.headers["Authorization"] == "Bearer token-of-lin"


async def test_what_was_said_before_is_not_said_again_after_a_refusal(
    signed_in: Callable[..., Any], peers: Peers
) -> None:
    browser: Browser = await signed_in()
    page = await browser.get(f"{HERE}?said=contact_changed")
    assert 'next=%2Fme%2Fcontacts"' in page.text
    peers.answers["POST", "/v1/me/contact-codes"] = problem(403, "fresh_sign_in_needed")
    here = {"Referer": str(browser.client.make_url(f"{HERE}?a=b&said=contact_changed&c=d"))}
    sent = await browser.send(page.form(HERE), headers=here, contact="13900000002")
    back = "%2Fme%2Fcontacts%3Fa%3Db%26c%3Dd"
    assert sent.headers["Location"] == f"/login?again=yes&next={back}&said=sign_in_again"


async def test_that_a_code_to_the_present_contact_comes_first_is_said_beforehand(
    signed_in: Callable[..., Any],
) -> None:
    browser: Browser = await signed_in()
    for language, *all_words in (
        ("zh", "有第二步验证的，更换或移除前再验证一次", "请不要退出登录"),
        ("en", "If you have a second factor, you show it again", "please stay signed in"),
    ):
        browser.headers["Accept-Language"] = language
        page = await browser.get(HERE)
        assert all(words in page.text for words in all_words)


async def test_whoever_reads_english_is_refused_in_english(
    signed_in: Callable[..., Any], peers: Peers
) -> None:
    browser: Browser = await signed_in()
    browser.headers["Accept-Language"] = "en"
    peers.answers["GET", "/v1/me"] = {**examples.ME, "email": "lin@example.com"}
    sent = {"attempt": examples.ATTEMPT, "resend_after_seconds": 30}
    peers.answers["POST", "/v1/me/contact-codes"] = 202, sent
    await begin(browser)
    assert peers.of("POST", "/v1/me/contact-codes")[0].body["language"] == "en"
    peers.answers["POST", "/v1/me/contact-codes"] = in_their_language(422, "invalid_request")
    peers.answers["POST", "/v1/me/contacts"] = in_their_language(409, "contact_taken")
    peers.answers["DELETE", "/v1/me/contacts/phone"] = in_their_language(409, "last_contact")
    confirming = (await browser.get(CODE)).form(CODE)
    page = await browser.get(HERE)
    for form, typed in (
        (page.form(HERE), {"contact": "13900000002"}),
        (confirming, {"code": "123456"}),
        (page.form("/me/contacts/removals"), {}),
    ):
        assert "Not now." in (await browser.send(form, None, **typed)).text, form.action


def in_their_language(status: int, code: str) -> Callable[[Asked], tuple[int, Json]]:
    def refuse(asked: Asked) -> tuple[int, Json]:
        is_english = asked.headers.get("Accept-Language") == "en"
        return problem(status, code, "Not now." if is_english else "现在不行。")

    return refuse


async def test_one_of_two_is_removed_and_the_last_one_stays(
    signed_in: Callable[..., Any], peers: Peers
) -> None:
    browser: Browser = await signed_in()
    alone = {**examples.ME, "phone": "+8613800000001", "email": None}
    peers.answers["GET", "/v1/me"] = alone
    assert "/me/contacts/removals" not in (await browser.get(HERE)).text
    peers.answers["GET", "/v1/me"] = {**alone, "email": "lin@example.com"}
    form = (await browser.get(HERE)).form("/me/contacts/removals")
    done = await browser.send(form)
    assert done.headers["Location"] == f"{HERE}?said=contact_changed"
    assert len(peers.of("DELETE", "/v1/me/contacts/phone")) == 1
    peers.answers["DELETE", "/v1/me/contacts/phone"] = problem(409, "last_contact", "请先添加。")
    assert "请先添加。" in (await browser.send(form)).text


async def test_the_address_that_makes_somebody_a_director_stays_and_why_is_said(
    signed_in: Callable[..., Any], peers: Peers
) -> None:
    browser: Browser = await signed_in()
    both = {**examples.ME, "phone": "+8613800000001", "email": "lin@example.com"}
    peers.answers["GET", "/v1/me"] = both
    form = (await browser.get(HERE)).form("/me/contacts/removals")
    named = problem(409, "named_by_setting", "请先修改设置。")
    peers.answers["DELETE", "/v1/me/contacts/phone"] = named
    removed = await browser.send(form)
    assert (removed.status, "请先修改设置。" in removed.text) == (422, True)
    sent = {"attempt": examples.ATTEMPT, "resend_after_seconds": 30}
    peers.answers["POST", "/v1/me/contact-codes"] = 202, sent
    await begin(browser)
    peers.answers["POST", "/v1/me/contacts"] = named
    replaced = await browser.send((await browser.get(CODE)).form(CODE), code="123456")
    assert (replaced.status, "请先修改设置。" in replaced.text) == (422, True)
    peers.answers["POST", "/v1/me/contact-codes"] = named
    asked = await browser.send((await browser.get(HERE)).form(HERE), contact="13900000002")
    assert (asked.status, "请先修改设置。" in asked.text) == (422, True)


async def test_whoever_gets_no_code_today_is_told_so(
    signed_in: Callable[..., Any], peers: Peers
) -> None:
    browser: Browser = await signed_in()
    forms = [form for form in (await browser.get(HERE)).forms if form.action == HERE]
    typed = ("13900000002", "lin@example.com")
    for seconds, *told in (
        (30_000, "请换一个网络，或明天再试", "发到这个邮箱的验证码已达上限，请明天再试"),
        (25, "请过一会儿再试", "请过一会儿再试"),
    ):
        refused = problem(429, "too_many_requests", retry_after_seconds=seconds)
        peers.answers["POST", "/v1/me/contact-codes"] = refused
        for form, contact, words in zip(forms, typed, told, strict=True):
            answer = await browser.send(form, contact=contact)
            assert (answer.status, words in answer.text) == (429, True)
