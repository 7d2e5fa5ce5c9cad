"""One's own data on the pages: taken away, agreed to, kept for children, and erased."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from tests.web import examples
from tests.web.browser import Browser
from tests.web.peers import Peers, problem


async def test_everybody_reads_the_notices_before_signing_in(browser: Browser) -> None:
    shown = await browser.get("/privacy")
    assert shown.status == 200
    assert "隐私说明" in shown.text
    assert examples.PRIVACY_VERSION in shown.text
    assert 'href="/privacy"' in (await browser.get("/login")).text


async def test_nobody_is_sent_a_code_who_has_not_agreed(browser: Browser, peers: Peers) -> None:
    page = await browser.get("/login")
    refused = await browser.send(page.form("/login"), contact="lin@example.com")
    assert refused.status == 422
    assert "请先阅读并同意隐私说明" in refused.text
    assert refused.form("/login").values["contact"] == "lin@example.com"
    assert peers.of("POST", "/v1/login-codes") == []


async def test_nobody_is_sent_a_code_who_does_not_say_to_be_fourteen(
    browser: Browser, peers: Peers
) -> None:
    page = await browser.get("/login")
    refused = await browser.send(page.form("/login"), privacy="yes", contact="lin@example.com")
    assert refused.status == 422
    assert "请确认您已满十四周岁" in refused.text
    # What was ticked stays ticked.
    assert refused.form("/login").values["privacy"] == "yes"
    assert peers.of("POST", "/v1/login-codes") == []


async def test_whoever_signs_in_next_on_the_same_machine_agrees_for_themselves(
    browser: Browser, peers: Peers
) -> None:
    await browser.sign_in()
    await browser.send((await browser.get("/me")).form("/logout"))
    page = await browser.get("/login")
    assert 'name="privacy"' in page.text
    refused = await browser.send(page.form("/login"), contact="wang@example.com")
    assert refused.status == 422
    assert len(peers.of("POST", "/v1/login-codes")) == 1


async def test_a_notice_that_changed_while_the_code_was_typed_is_read_anew(
    browser: Browser, peers: Peers
) -> None:
    peers.answers["POST", "/v1/sessions"] = problem(409, "consent_text_outdated")
    page = await browser.get("/login?next=/plan")
    await browser.send(page.form("/login"), privacy="yes", of_age="yes", contact="lin@example.com")
    page = await browser.get("/login/code")
    sent = await browser.send(page.form("/login/code"), code="123456")
    assert sent.headers["Location"] == "/login?next=%2Fplan&said=notice_changed"
    asked = await browser.get(sent.headers["Location"])
    assert "隐私说明刚刚更新了" in asked.text


async def test_the_account_leads_to_ones_data(signed_in: Callable[..., Any]) -> None:
    browser: Browser = await signed_in()
    assert 'href="/me/data"' in (await browser.get("/me")).text
    shown = await browser.get("/me/data")
    assert shown.status == 200
    assert "小满" in shown.text
    assert "带走我的数据" in shown.text


async def test_strangers_are_asked_to_sign_in(browser: Browser) -> None:
    for path in ("/me/data", "/me/data/erase"):
        assert (await browser.get(path)).headers["Location"].startswith("/login")


async def test_a_consent_is_taken_back_and_given(
    signed_in: Callable[..., Any], peers: Peers
) -> None:
    browser: Browser = await signed_in()
    page = await browser.get("/me/data")
    forms = [form for form in page.forms if form.action == "/me/data/consents"]
    assert {form.values["text"]: form.values["given"] for form in forms} == {
        "privacy": "no",
        "children": "no",
        "marketing": "yes",
    }
    for form in forms[1:]:
        done = await browser.send(form)
        assert done.headers["Location"] == "/me/data?said=saved"
    assert [one.body for one in peers.of("POST", "/v1/me/consents")] == [
        {"text": "children", "version": examples.PRIVACY_VERSION, "given": False},
        {"text": "marketing", "version": examples.PRIVACY_VERSION, "given": True},
    ]
    assert (await browser.send(forms[0], text="cookies")).status == 404


async def test_a_child_is_kept_and_deleted(signed_in: Callable[..., Any], peers: Peers) -> None:
    browser: Browser = await signed_in()
    page = await browser.get("/me/data")
    form = page.form("/me/data/children")
    done = await browser.send(form, child_name=" 小 满 ", birth_year="2020")
    assert done.headers["Location"] == "/me/data?said=saved"
    [asked] = peers.of("POST", "/v1/me/children")
    assert asked.body == {"name": "小 满", "birth_year": 2020}
    child = examples.CHILDREN["items"][0]["child_id"]
    await browser.send(page.form("/me/data/children/removals"))
    assert len(peers.of("DELETE", f"/v1/me/children/{child}")) == 1


async def test_a_child_that_is_refused_stays_in_its_fields(
    signed_in: Callable[..., Any], peers: Peers
) -> None:
    browser: Browser = await signed_in()
    form = (await browser.get("/me/data")).form("/me/data/children")
    wrong = await browser.send(form, child_name="小满", birth_year="去年")
    assert wrong.status == 422
    assert "请填写称呼和出生年份" in wrong.text
    peers.answers["POST", "/v1/me/children"] = problem(409, "guardian_consent_needed")
    refused = await browser.send(form, child_name="小满", birth_year="2020")
    assert refused.status == 422
    assert refused.form("/me/data/children").values["child_name"] == "小满"


async def test_too_many_downloads_are_told_in_words(
    signed_in: Callable[..., Any], peers: Peers
) -> None:
    browser: Browser = await signed_in()
    peers.answers["GET", "/v1/me/export"] = problem(429, "too_many_requests")
    refused = await browser.send((await browser.get("/me/data")).form("/me/data/archive"))
    assert refused.status == 429
    assert "今天已经下载过五次了" in refused.text


async def test_whoever_signed_in_long_ago_stays_signed_in_when_the_archive_is_refused(
    signed_in: Callable[..., Any], peers: Peers
) -> None:
    browser: Browser = await signed_in()
    form = (await browser.get("/me/data")).form("/me/data/archive")
    peers.answers["GET", "/v1/me/export"] = problem(403, "fresh_sign_in_needed")
    referer = {"Referer": str(browser.client.make_url("/me/data"))}
    sent = await browser.send(form, referer)
    assert sent.headers["Location"] == "/login?again=yes&next=%2Fme%2Fdata&said=sign_in_again"
    assert (await browser.get("/me/data")).status == 200


async def test_erasing_takes_two_steps_and_signs_out(
    signed_in: Callable[..., Any], peers: Peers
) -> None:
    browser: Browser = await signed_in()
    page = await browser.get("/me/data/erase")
    assert "谁也找不回这个账号" in page.text
    hasty = await browser.send(page.form("/me/data/erase"))
    assert hasty.status == 422
    assert "请先勾选" in hasty.text
    assert peers.of("DELETE", "/v1/me") == []
    done = await browser.send(page.form("/me/data/erase"), understood="yes")
    assert done.headers["Location"] == "/?said=erased"
    [asked] = peers.of("DELETE", "/v1/me")
    assert asked.query == [("confirmation", "erase")]
    assert (await browser.get("/me")).status == 303


async def test_whoever_has_a_second_factor_is_asked_for_it_before_being_erased(
    signed_in: Callable[..., Any], peers: Peers
) -> None:
    browser = await signed_in()
    page = await browser.get("/me/data/erase")
    peers.answers["DELETE", "/v1/me"] = problem(403, "second_factor_needed")
    referer = {"Referer": str(browser.client.make_url("/me/data/erase"))}
    sent = await browser.send(page.form("/me/data/erase"), referer, understood="yes")
    back = "%2Fme%2Fdata%2Ferase%3Fagain%3Dyes"
    assert sent.headers["Location"] == f"/login/second?next={back}"


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh-CN", "现在还什么都没有删除"), ("en", "Nothing has been deleted yet")],
)
async def test_whoever_signed_in_long_ago_signs_in_anew_to_erase_and_nothing_is_erased_by_that(
    signed_in: Callable[..., Any], peers: Peers, language: str, words: str
) -> None:
    browser: Browser = await signed_in()
    browser.headers["Accept-Language"] = language
    page = await browser.get("/me/data/erase")
    assert words not in page.text
    peers.answers["DELETE", "/v1/me"] = problem(403, "fresh_sign_in_needed", minutes=15)
    sent = await browser.send(page.form("/me/data/erase"), understood="yes")
    back = "/me/data/erase?again=yes"
    again = f"/login?again=yes&next={quote(back, safe='')}&said=sign_in_again"
    assert sent.headers["Location"] == again
    asked = await browser.get(again)
    assert asked.form("/login").values["next"] == back
    await browser.send(asked.form("/login"), privacy="yes", of_age="yes", contact="13800000001")
    code = (await browser.get("/login/code")).form("/login/code")
    done = await browser.send(code, code="123456")
    assert done.headers["Location"] == f"{back}&said=signed_in"
    shown = await browser.get(done.headers["Location"])
    assert words in shown.text
    assert "understood" not in shown.form("/me/data/erase").values
    # Only what was refused: coming back has asked for nothing.
    assert len(peers.of("DELETE", "/v1/me")) == 1


async def test_why_an_account_can_not_be_erased_is_told(
    signed_in: Callable[..., Any], peers: Peers
) -> None:
    browser: Browser = await signed_in()
    peers.answers["DELETE", "/v1/me"] = problem(409, "orders_stand", "您还有 2 个订单没有完成。")
    page = await browser.get("/me/data/erase")
    refused = await browser.send(page.form("/me/data/erase"), understood="yes")
    assert refused.status == 409
    assert "您还有 2 个订单没有完成。" in refused.text
    assert (await browser.get("/me")).status == 200
    browser.headers["Accept-Language"] = "en"
    await browser.send(page.form("/me/data/erase"), understood="yes")
    asked = [one.headers["Accept-Language"] for one in peers.of("DELETE", "/v1/me")]
    assert asked == ["zh", "en"]
