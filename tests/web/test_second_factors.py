import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.web import examples
from tests.web.browser import Browser
from tests.web.conftest import FixedClock
from tests.web.district import example_id
from tests.web.peers import Peers, problem

SHOW = "/v1/sessions/second-factors"
STARTED = {"secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "uri": "otpauth://totp/x?secret=JBSW"}
CODES = [f"{number:05d}-ABCDE" for number in range(10)]
OFFICER = {"roles": ["office_director", "visitor"], "second_factor": "done"}
OPERATOR = {"organisations": [example_id(1)], "second_factor": "done"}


async def begin(browser: Browser, peers: Peers, path: str = "/login", **session: Any) -> str:
    """Sign in with a code and return where that leads."""
    peers.answers["POST", "/v1/sessions"] = 201, examples.session(**session)
    page = await browser.get(path)
    await browser.send(page.form("/login"), privacy="yes", of_age="yes", contact="13800000001")
    page = await browser.get("/login/code")
    done = await browser.send(page.form("/login/code"), code="123456")
    assert done.status == 303
    return done.headers["Location"]


@pytest.mark.parametrize(
    ("session", "place"),
    [
        pytest.param({}, "/?said=signed_in", id="visitor"),
        pytest.param(OFFICER, "/office?said=signed_in", id="office"),
        pytest.param(OPERATOR, "/operator?said=signed_in", id="operator"),
        pytest.param({"second_factor": "needed"}, "/login/second?next=%2F", id="needed"),
        pytest.param({"second_factor": "to_enrol"}, "/me/security/setup?next=%2F", id="to-enrol"),
    ],
)
async def test_everybody_lands_where_their_work_is(
    browser: Browser, peers: Peers, session: dict[str, Any], place: str
) -> None:
    assert await begin(browser, peers, **session) == place


async def test_whoever_came_from_a_page_goes_back_to_it(browser: Browser, peers: Peers) -> None:
    assert await begin(browser, peers, "/login?next=/gate", **OPERATOR) == "/gate?said=signed_in"


async def test_the_second_step_takes_the_code_and_makes_a_new_session(
    browser: Browser, peers: Peers
) -> None:
    place = await begin(browser, peers, "/login?next=/gate", second_factor="needed")
    assert place == "/login/second?next=%2Fgate"
    page = await browser.get(place)
    assert 'inputmode="numeric"' in page.text
    assert 'autocomplete="one-time-code"' in page.text
    upgraded = examples.session(access_token="upgraded", **OPERATOR)
    peers.answers["POST", SHOW] = 201, upgraded
    done = await browser.send(page.form("/login/second"), code="123 456")
    assert done.headers["Location"] == "/gate?said=signed_in"
    assert peers.of("POST", SHOW)[0].body == {"totp": "123456"}
    await browser.get("/me")
    assert peers.of("GET", "/v1/me")[-1].headers["Authorization"] == "Bearer upgraded"


async def test_a_wrong_code_and_too_many_are_told_beside_the_field(
    browser: Browser, peers: Peers
) -> None:
    page = await browser.get(await begin(browser, peers, second_factor="needed"))
    peers.answers["POST", SHOW] = problem(422, "second_factor_not_accepted")
    refused = await browser.send(page.form("/login/second"), code="000000")
    assert refused.status == 422
    assert "验证码不对、已过期或已经用过" in refused.text
    peers.answers["POST", SHOW] = problem(429, "too_many_requests", retry_after_seconds=95)
    refused = await browser.send(refused.form("/login/second"), code="000000")
    assert "请 2 分钟后再试" in refused.text


async def test_a_recovery_code_is_asked_for_on_a_page_of_its_own(
    browser: Browser, peers: Peers
) -> None:
    page = await browser.get(await begin(browser, peers, second_factor="needed"))
    assert "/login/second?next=%2F&amp;by=recovery" in page.text
    page = await browser.get("/login/second?next=%2F&by=recovery")
    peers.answers["POST", SHOW] = 201, examples.session(**OFFICER)
    done = await browser.send(page.form("/login/second"), code="7K4QM-2XPD9")
    assert done.headers["Location"] == "/office?said=signed_in"
    assert peers.of("POST", SHOW)[0].body == {"recovery_code": "7K4QM-2XPD9"}


async def test_a_page_for_staff_asks_for_the_second_step_first(
    browser: Browser, peers: Peers
) -> None:
    await begin(browser, peers, second_factor="needed")
    for path, place in (
        ("/operator", "/login/second?next=%2Foperator"),
        ("/office", "/login/second?next=%2Foffice"),
    ):
        assert (await browser.get(path)).headers["Location"] == place
    assert "完成登录" in (await browser.get("/plan")).text


async def test_an_app_is_set_up_and_its_recovery_codes_are_shown_once(
    browser: Browser, peers: Peers
) -> None:
    page = await browser.get(await begin(browser, peers, second_factor="to_enrol"))
    peers.answers["POST", "/v1/me/second-factors/totp"] = 201, STARTED
    sent = await browser.send(page.form("/me/security/authenticator"))
    page = await browser.get(sent.headers["Location"])
    assert "JBSW Y3DP" in page.text
    assert "<svg" in page.text
    confirm = "/v1/me/second-factors/totp/confirmations"
    peers.answers["POST", confirm] = problem(422, "second_factor_not_accepted")
    path = "/me/security/authenticator/confirmations"
    refused = await browser.send(page.form(path), code="000000")
    assert refused.status == 422
    assert "<svg" in refused.text
    enrolled = {"session": examples.session(**OPERATOR), "recovery_codes": CODES}
    peers.answers["POST", confirm] = 201, enrolled
    shown = await browser.send(refused.form(path), code="123456")
    assert shown.status == 200
    assert all(code in shown.text for code in CODES)
    assert shown.headers["Cache-Control"] == "no-store"
    assert 'href="/operator"' in shown.text
    # What was set up is forgotten here.
    again = await browser.get("/me/security/authenticator")
    assert again.headers["Location"] == "/me/security"


async def test_the_secret_is_in_no_cookie_that_can_be_read(browser: Browser, peers: Peers) -> None:
    page = await browser.get(await begin(browser, peers, second_factor="to_enrol"))
    peers.answers["POST", "/v1/me/second-factors/totp"] = 201, STARTED
    await browser.send(page.form("/me/security/authenticator"))
    cookies = [one.value for one in browser.client.session.cookie_jar]
    assert STARTED["secret"] not in "".join(cookies)


async def test_sessions_are_listed_and_ended(signed_in: Callable[..., Any], peers: Peers) -> None:
    browser = await signed_in()
    page = await browser.get("/me/security")
    assert "Android 上的 Chrome" in page.text
    assert "未知的设备" in page.text
    ended = f"/v1/me/sessions/{example_id(812)}"
    peers.answers["DELETE", ended] = 200, {}
    done = await browser.send(page.form("/me/security/sessions/endings"))
    assert done.headers["Location"] == "/me/security?said=session_ended"
    assert len(peers.of("DELETE", ended)) == 1
    peers.answers["DELETE", "/v1/me/other-sessions"] = 200, {}
    done = await browser.send(page.form("/me/security/sessions/all-endings"))
    assert done.headers["Location"] == "/me/security?said=sessions_ended"


async def test_what_was_removed_in_another_window_is_no_fault(
    signed_in: Callable[..., Any], peers: Peers
) -> None:
    browser: Browser = await signed_in()
    page = await browser.get("/me/security")
    gone, none_left = problem(404, "not_found"), problem(409, "no_second_factor")
    peers.answers["DELETE", "/v1/me/second-factors/totp"] = gone
    peers.answers["POST", "/v1/me/second-factors/recovery-codes"] = none_left
    for path, said in (
        ("/me/security/authenticator/removals", "removed_authenticator"),
        ("/me/security/recovery-codes", "changed_meanwhile"),
    ):
        done = await browser.send(page.form(path))
        assert done.headers["Location"] == f"/me/security?said={said}"


async def test_whoever_changes_second_factors_is_asked_for_one_first(
    signed_in: Callable[..., Any], peers: Peers
) -> None:
    browser = await signed_in(**OPERATOR)
    page = await browser.get("/me/security")
    stale = problem(403, "fresh_second_factor_needed", minutes=10)
    peers.answers["POST", "/v1/me/second-factors/recovery-codes"] = stale
    referer = {"Referer": str(browser.client.make_url("/me/security"))}
    sent = await browser.send(page.form("/me/security/recovery-codes"), referer)
    assert sent.headers["Location"] == "/login/second?next=%2Fme%2Fsecurity"


async def test_whoever_sets_up_a_first_second_factor_signs_in_anew_where_that_was_long_ago(
    signed_in: Callable[..., Any], peers: Peers
) -> None:
    browser = await signed_in(second_factor="to_enrol")
    page = await browser.get("/me/security/setup?next=/operator")
    stale = problem(403, "fresh_sign_in_needed", minutes=15)
    peers.answers["POST", "/v1/me/second-factors/totp"] = stale
    referer = {"Referer": str(browser.client.make_url("/me/security/setup?next=/operator"))}
    sent = await browser.send(page.form("/me/security/authenticator"), referer)
    back = "%2Fme%2Fsecurity%2Fsetup%3Fnext%3D%2Foperator"
    assert sent.headers["Location"] == f"/login?again=yes&next={back}&said=sign_in_again"
    asked = await browser.get(sent.headers["Location"])
    assert asked.status == 200
    assert "请重新登录" in asked.text


async def test_a_passkey_page_alone_runs_a_script_and_only_ours(
    browser: Browser, peers: Peers
) -> None:
    peers.answers["POST", "/v1/passkey-challenges"] = 201, examples.PASSKEY_OPTIONS
    page = await browser.get("/login/passkey?next=/plan")
    assert "script-src 'self';" in page.headers["Content-Security-Policy"]
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert page.text.count("<script") == 1
    assert "script-src" not in (await browser.get("/login")).headers["Content-Security-Policy"]
    credential = {"id": "x", "response": {}}
    peers.answers["POST", "/v1/sessions/passkeys"] = 201, examples.session(**OPERATOR)
    done = await browser.send(page.form("/login/passkey"), credential=json.dumps(credential))
    assert done.headers["Location"] == "/plan?said=signed_in"
    [asked] = peers.of("POST", "/v1/sessions/passkeys")
    assert asked.body == {"challenge_id": example_id(821), "credential": credential}


async def test_a_passkey_that_is_refused_is_told(browser: Browser, peers: Peers) -> None:
    peers.answers["POST", "/v1/passkey-challenges"] = 201, examples.PASSKEY_OPTIONS
    peers.answers["POST", "/v1/sessions/passkeys"] = problem(422, "passkey_not_accepted")
    page = await browser.get("/login/passkey")
    for credential in ("{}", "nonsense", "[]"):
        refused = await browser.send(page.form("/login/passkey"), credential=credential)
        assert refused.status == 422
        assert "这个通行密钥没有通过" in refused.text


async def test_whoever_signs_in_by_passkey_agrees_to_a_notice_that_has_changed(
    browser: Browser, peers: Peers
) -> None:
    peers.answers["POST", "/v1/passkey-challenges"] = 201, examples.PASSKEY_OPTIONS
    needed = problem(409, "privacy_consent_needed", version="2027-01-01")
    peers.answers["POST", "/v1/sessions/passkeys"] = needed
    page = await browser.get("/login/passkey?next=/plan")
    assert 'name="privacy"' not in page.text
    used = {"credential": json.dumps({"id": "x"})}
    asked = await browser.send(page.form("/login/passkey"), None, **used)
    assert asked.status == 422
    assert "请阅读并同意现在的隐私说明" in asked.text
    assert 'href="/privacy"' in asked.text
    form = asked.form("/login/passkey")
    missing = await browser.send(form, None, privacy="yes", **used)
    assert "请确认您已满十四周岁" in missing.text
    assert missing.form("/login/passkey").values["privacy"] == "yes"
    assert len(peers.of("POST", "/v1/sessions/passkeys")) == 1
    # The box that was ticked is about the version that was on the page.
    outdated = problem(409, "consent_text_outdated", version="2027-01-02")
    peers.answers["POST", "/v1/sessions/passkeys"] = outdated
    newer = await browser.send(form, None, privacy="yes", of_age="yes", **used)
    assert newer.form("/login/passkey").values["notice"] == "2027-01-02"
    assert "privacy" not in newer.form("/login/passkey").values
    peers.answers["POST", "/v1/sessions/passkeys"] = 201, examples.session()
    done = await browser.send(
        newer.form("/login/passkey"), None, privacy="yes", of_age="yes", **used
    )
    assert done.headers["Location"] == "/plan?said=signed_in"
    agreed = peers.of("POST", "/v1/sessions/passkeys")[-1].body
    assert agreed["accepted_privacy_version"] == "2027-01-02"
    assert agreed["fourteen_or_older"] is True


@pytest.mark.parametrize(
    ("language", "sent", "told"),
    [
        ("zh-CN", "zh", ("没有完成。请再试一次。", "已经有您的通行密钥了", "这个网址不能用")),
        ("en", "en", ("That was not finished", "has a passkey of yours", "work at this address")),
    ],
)
async def test_why_a_passkey_is_not_added_is_told_in_the_language_of_the_page(
    signed_in: Callable[..., Any], peers: Peers, language: str, sent: str, told: tuple[str, ...]
) -> None:
    browser: Browser = await signed_in()
    browser.headers["Accept-Language"] = language
    peers.answers["POST", "/v1/me/passkey-challenges"] = 201, examples.PASSKEY_OPTIONS
    page = await browser.get("/me/security/passkeys/new")
    # What the browser's script says stands in its form.
    assert all(words in page.text for words in told)
    form = page.form("/me/security/passkeys")
    nothing = await browser.send(form, name="phone", credential="nonsense")
    [alert] = re.findall(r'id="passkey-error" role="alert">([^<]*)<', nothing.text)
    assert nothing.status == 422
    assert alert.startswith(told[0])
    peers.answers["POST", "/v1/me/passkeys"] = problem(409, "passkey_known", "Known already.")
    refused = await browser.send(form, name="phone", credential='{"id": "x"}')
    assert (refused.status, "Known already." in refused.text) == (422, True)
    assert refused.form("/me/security/passkeys").values["name"] == "phone"
    asked = [
        one.headers["Accept-Language"]
        for path in ("/v1/me/passkey-challenges", "/v1/me/passkeys")
        for one in peers.of("POST", path)
    ]
    assert set(asked) == {sent}


async def test_whoever_has_as_many_passkeys_as_can_be_is_told_and_asked_for_no_more(
    signed_in: Callable[..., Any], peers: Peers
) -> None:
    browser: Browser = await signed_in()
    full = problem(409, "too_many_passkeys", "一个账户最多有 10 个通行密钥。", most=10)
    peers.answers["POST", "/v1/me/passkey-challenges"] = full
    page = await browser.get("/me/security/passkeys/new")
    assert page.status == 409
    assert "一个账户最多有 10 个通行密钥。" in page.text
    assert "<script" not in page.text
    assert not [form for form in page.forms if form.action == "/me/security/passkeys"]


async def test_accounts_hears_where_the_visitor_is_and_on_what(
    browser: Browser, peers: Peers
) -> None:
    browser.headers["User-Agent"] = "Mozilla/5.0 (Linux; Android 10) Chrome/142"
    await begin(browser, peers)
    for path in ("/v1/login-codes", "/v1/sessions"):
        [asked] = peers.of("POST", path)
        assert asked.headers["User-Agent"].endswith("Chrome/142")
        assert asked.headers["X-Forwarded-For"] == "127.0.0.1"


async def test_a_token_that_was_revoked_is_renewed_and_the_page_asked_for_again(
    signed_in: Callable[..., Any], peers: Peers, clock: FixedClock
) -> None:
    browser = await signed_in()
    clock.instant += timedelta(minutes=5)
    peers.answers["GET", "/v1/me"] = problem(401, "not_signed_in")
    renewed = examples.session(
        access_token="renewed",
        expires_at=(clock.instant + timedelta(minutes=15)).isoformat(),
    )
    peers.answers["POST", "/v1/sessions/renewals"] = 201, renewed
    again = await browser.get("/me")
    assert (again.status, again.headers["Location"]) == (303, "/me")
    # A token that is new and still refused is no reason to go round in circles.
    assert (await browser.get("/me")).headers["Location"] == "/login?next=%2Fme"
    assert (await browser.get("/login?next=%2Fme")).status == 200


async def test_a_session_that_was_ended_elsewhere_ends_here_at_once(
    signed_in: Callable[..., Any], peers: Peers, clock: FixedClock
) -> None:
    browser = await signed_in()
    clock.instant += timedelta(minutes=5)
    peers.answers["GET", "/v1/me"] = problem(401, "not_signed_in")
    peers.answers["POST", "/v1/sessions/renewals"] = problem(401, "not_signed_in")
    assert (await browser.get("/me")).headers["Location"] == "/login?next=%2Fme"
    assert (await browser.get("/login?next=/me")).status == 200
