from datetime import timedelta

import pytest

from tests.web import examples
from tests.web.browser import Browser
from tests.web.conftest import FixedClock
from tests.web.district import Json, example_id
from tests.web.peers import Asked, Peers, problem


async def test_a_person_signs_in_with_a_code_and_returns_to_where_they_were(
    browser: Browser, peers: Peers
) -> None:
    refused = await browser.get("/me")
    assert refused.headers["Location"] == "/login?next=%2Fme"
    page = await browser.get(refused.headers["Location"])
    sent = await browser.send(
        page.form("/login"), privacy="yes", of_age="yes", contact="138 0000 0001"
    )
    assert sent.headers["Location"] == "/login/code"
    [asked] = peers.of("POST", "/v1/login-codes")
    assert asked.body == {"phone": "+8613800000001", "language": "zh"}
    page = await browser.get("/login/code")
    assert "138****0001" in page.text
    done = await browser.send(page.form("/login/code"), code="123 456")
    assert done.headers["Location"] == "/me?said=signed_in"
    assert peers.of("POST", "/v1/sessions")[0].headers["Accept-Language"] == "zh"
    assert peers.of("POST", "/v1/sessions")[0].body == {
        "phone": "+8613800000001",
        "code": "123456",
        "attempt": examples.ATTEMPT,
        "accepted_privacy_version": examples.PRIVACY_VERSION,
        "fourteen_or_older": True,
    }
    assert (await browser.get("/me")).status == 200


async def test_a_token_that_no_cookie_holds_is_renewed_with_every_page(
    browser: Browser, peers: Peers
) -> None:
    organisations = [example_id(number) for number in range(10)]
    long = {"access_token": "t" * 7000, "organisations": organisations}
    peers.answers["POST", "/v1/sessions"] = 201, examples.session(**long)
    peers.answers["POST", "/v1/sessions/renewals"] = 201, examples.session(**long)
    page = await browser.get("/login")
    await browser.send(page.form("/login"), privacy="yes", of_age="yes", contact="lin@example.com")
    page = await browser.get("/login/code")
    done = await browser.send(page.form("/login/code"), code="123456")
    assert done.headers["Location"] == "/operator?said=signed_in"
    for _ in range(2):
        assert (await browser.get("/me")).status == 200
    assert len(peers.of("POST", "/v1/sessions/renewals")) == 2
    assert peers.of("GET", "/v1/me")[-1].headers["Authorization"] == f"Bearer {'t' * 7000}"


async def test_what_is_neither_a_phone_nor_an_address_stays_in_its_field(browser: Browser) -> None:
    page = await browser.get("/login")
    refused = await browser.send(
        page.form("/login"), privacy="yes", of_age="yes", contact="not <me>"
    )
    assert refused.status == 422
    assert refused.form("/login").values["contact"] == "not <me>"
    assert "看起来不像手机号或邮箱" in refused.text
    assert "not <me>" not in refused.text


async def test_a_wrong_code_is_told_beside_the_field(browser: Browser, peers: Peers) -> None:
    peers.answers["POST", "/v1/sessions"] = problem(422, "login_code_not_accepted")
    page = await browser.get("/login")
    await browser.send(page.form("/login"), privacy="yes", of_age="yes", contact="lin@example.com")
    page = await browser.get("/login/code")
    refused = await browser.send(page.form("/login/code"), code="000000")
    assert refused.status == 422
    assert "验证码不对或已过期" in refused.text
    # A typo uses up one try of five.
    assert "请核对一下" in refused.text


async def test_too_many_codes_are_told_in_words(browser: Browser, peers: Peers) -> None:
    peers.answers["POST", "/v1/login-codes"] = problem(429, "too_many_requests")
    page = await browser.get("/login")
    refused = await browser.send(
        page.form("/login"), privacy="yes", of_age="yes", contact="lin@example.com"
    )
    assert refused.status == 429
    assert "发得太频繁了" in refused.text


async def test_a_login_leads_to_no_other_site(browser: Browser) -> None:
    page = await browser.get("/login?next=https://evil.example/")
    assert page.form("/login").values["next"] == "/"
    await browser.send(
        page.form("/login"),
        privacy="yes",
        of_age="yes",
        contact="lin@example.com",
        next="//evil.example",
    )
    page = await browser.get("/login/code")
    done = await browser.send(page.form("/login/code"), code="123456")
    assert done.headers["Location"] == "/?said=signed_in"


async def test_the_session_cookie_is_sealed_and_out_of_reach_of_scripts(browser: Browser) -> None:
    page = await browser.get("/login")
    await browser.send(page.form("/login"), privacy="yes", of_age="yes", contact="lin@example.com")
    page = await browser.get("/login/code")
    await browser.send(page.form("/login/code"), code="123456")
    [cookie] = [one for one in browser.client.session.cookie_jar if one.key == "xiangyou_session"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == "/"
    assert "token-of-lin" not in cookie.value


async def test_the_attempt_stays_between_us_and_accounts(browser: Browser) -> None:
    page = await browser.get("/login")
    await browser.send(page.form("/login"), privacy="yes", of_age="yes", contact="lin@example.com")
    cookies = [one.value for one in browser.client.session.cookie_jar]
    shown = (await browser.get("/login/code")).text
    assert examples.ATTEMPT not in "".join([shown, *cookies])


async def test_the_browsers_mark_changes_at_login(browser: Browser) -> None:
    page = await browser.get("/login")
    before = {one.key: one.value for one in browser.client.session.cookie_jar}
    await browser.sign_in()
    after = {one.key: one.value for one in browser.client.session.cookie_jar}
    assert before["xiangyou_browser"] != after["xiangyou_browser"]
    assert (
        await browser.send(
            page.form("/login"), privacy="yes", of_age="yes", contact="lin@example.com"
        )
    ).status == 403


async def test_a_session_is_renewed_before_its_token_ends(
    browser: Browser, peers: Peers, clock: FixedClock
) -> None:
    await browser.sign_in()
    clock.instant += timedelta(minutes=14)
    assert (await browser.get("/me")).status == 200
    [asked] = peers.of("POST", "/v1/sessions/renewals")
    assert asked.body == {"session_token": "session-of-lin"}
    assert peers.of("GET", "/v1/me")[-1].headers["Authorization"] == "Bearer renewed"


async def test_while_accounts_is_away_the_old_token_serves_until_its_end(
    browser: Browser, peers: Peers, clock: FixedClock
) -> None:
    await browser.sign_in()
    peers.answers["POST", "/v1/sessions/renewals"] = 503, {}
    clock.instant += timedelta(minutes=14)
    assert (await browser.get("/me")).status == 200
    clock.instant += timedelta(minutes=2)
    assert (await browser.get("/me")).status == 503
    # The session is not lost: with accounts back, the person is still signed in.
    later = examples.session(expires_at=(clock.instant + timedelta(minutes=15)).isoformat())
    peers.answers["POST", "/v1/sessions/renewals"] = 201, later
    assert (await browser.get("/me")).status == 200


async def test_a_session_that_was_ended_elsewhere_ends_here(
    browser: Browser, peers: Peers, clock: FixedClock
) -> None:
    await browser.sign_in()
    peers.answers["POST", "/v1/sessions/renewals"] = problem(401, "not_signed_in")
    clock.instant += timedelta(minutes=14)
    assert (await browser.get("/me")).headers["Location"].startswith("/login")
    assert "xiangyou_session" not in {one.key for one in browser.client.session.cookie_jar}


async def test_signing_out_ends_the_session_here_and_at_accounts(
    browser: Browser, peers: Peers
) -> None:
    await browser.sign_in()
    done = await browser.send((await browser.get("/me")).form("/logout"))
    assert done.headers["Location"] == "/?said=signed_out"
    assert len(peers.of("DELETE", "/v1/sessions/current")) == 1
    assert (await browser.get("/me")).status == 303


async def test_asking_for_another_code_stays_where_codes_are_typed(
    browser: Browser, peers: Peers
) -> None:
    page = await browser.get("/login?next=/plan")
    await browser.send(page.form("/login"), privacy="yes", of_age="yes", contact="13800000001")
    again = (await browser.get("/login/code")).form("/login")
    sent = await browser.send(again)
    assert sent.headers["Location"] == "/login/code?said=code_sent"
    peers.answers["POST", "/v1/login-codes"] = problem(429, "too_many_requests")
    refused = await browser.send(again)
    assert refused.status == 429
    assert "发得太频繁了" in refused.text
    assert refused.form("/login/code").action == "/login/code"


async def test_whoever_took_too_long_for_a_code_is_told_and_begins_anew(
    browser: Browser,
) -> None:
    for is_signed_in, place in ((False, "/login?next=%2F"), (True, "/login?again=yes&next=%2F")):
        if is_signed_in:
            await browser.sign_in()
        page = await browser.get("/login?again=yes")
        begun = {"privacy": "yes", "of_age": "yes", "contact": "13800000001"}
        await browser.send(page.form("/login"), None, **begun)
        form = (await browser.get("/login/code")).form("/login/code")
        # As browsers do after ten minutes.
        browser.client.session.cookie_jar.clear(lambda one: one.key == "xiangyou_login")
        for late in (await browser.get("/login/code"), await browser.send(form, code="123456")):
            assert late.headers["Location"] == f"{place}&said=start_again"
        page = await browser.get(late.headers["Location"])
        assert "等得太久了，请重新开始" in page.text
        assert page.form("/login").values["next"] == "/"


async def test_while_accounts_is_away_signing_out_says_what_it_could_not_do(
    browser: Browser, peers: Peers
) -> None:
    await browser.sign_in()
    form = (await browser.get("/me")).form("/logout")
    peers.answers["DELETE", "/v1/sessions/current"] = 503, {}
    done = await browser.send(form)
    assert done.headers["Location"] == "/?said=signed_out_here"
    assert "暂时没能结束这次登录" in (await browser.get("/?said=signed_out_here")).text


async def test_a_session_whose_token_was_refused_is_ended_all_the_same(
    browser: Browser, peers: Peers
) -> None:
    await browser.sign_in()
    form = (await browser.get("/me")).form("/logout")

    def end(asked: Asked) -> tuple[int, Json]:
        is_old = asked.headers["Authorization"] != "Bearer renewed"
        return problem(401, "not_signed_in") if is_old else (200, {})

    peers.answers["DELETE", "/v1/sessions/current"] = end
    assert (await browser.send(form)).headers["Location"] == "/?said=signed_out"
    assert len(peers.of("DELETE", "/v1/sessions/current")) == 2


async def test_whoever_signs_in_ends_the_session_that_was_here_before(
    browser: Browser, peers: Peers
) -> None:
    page = await browser.get("/login")
    other = await browser.get("/login")
    await browser.send(page.form("/login"), privacy="yes", of_age="yes", contact="13800000001")
    code = (await browser.get("/login/code")).form("/login/code")
    assert (await browser.send(code, code="123456")).status == 303
    shown = (await browser.get("/me")).form("/logout")
    again = other.form("/login")
    # Another tab, which has the mark of the browser as it is now.
    again.values.update(shown.values)
    await browser.send(again, privacy="yes", of_age="yes", contact="wang@example.com")
    code = (await browser.get("/login/code")).form("/login/code")
    assert (await browser.send(code, code="123456")).status == 303
    [ended] = peers.of("DELETE", "/v1/sessions/current")
    assert ended.headers["Authorization"] == "Bearer token-of-lin"


async def test_a_phone_of_a_country_without_text_messages_is_told_so(
    browser: Browser, peers: Peers
) -> None:
    wrong = {"in": "body", "field": "/phone", "code": "phone_country", "message": "–"}
    peers.answers["POST", "/v1/login-codes"] = problem(422, "invalid_request", errors=[wrong])
    page = await browser.get("/login")
    refused = await browser.send(
        page.form("/login"), privacy="yes", of_age="yes", contact="+447400123456"
    )
    assert refused.status == 422
    assert "暂不向这个国家或地区发送短信" in refused.text


@pytest.mark.parametrize(
    ("contact", "seconds", "words"),
    [
        ("13800000001", 30_000, "请改用通行密钥、邮箱，或换一个网络"),
        ("lin@example.com", 30_000, "请改用通行密钥或手机号"),
        ("13800000001", 25, "请过一会儿再试"),
    ],
)
async def test_whoever_gets_no_code_today_is_shown_another_way(
    browser: Browser, peers: Peers, contact: str, seconds: int, words: str
) -> None:
    refused = problem(429, "too_many_requests", retry_after_seconds=seconds)
    peers.answers["POST", "/v1/login-codes"] = refused
    page = await browser.get("/login")
    answer = await browser.send(page.form("/login"), privacy="yes", of_age="yes", contact=contact)
    assert (answer.status, words in answer.text) == (429, True)
