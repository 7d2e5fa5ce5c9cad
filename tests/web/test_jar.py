import pytest

from services.web.browser.jar import Jar, cookie_sealer

SEALER = cookie_sealer(b"k" * 32)


def cookies_of(jar: Jar) -> dict[str, str]:
    pairs = (header.split(";")[0].partition("=") for header in jar.headers())
    return {name: value for name, _, value in pairs}


def jar_after(**written: str) -> Jar:
    jar = Jar({}, SEALER, secure=False)
    for name, text in written.items():
        jar.write(name, text, 60)
    return jar


def test_a_sealed_cookie_is_read_by_its_own_name_only() -> None:
    kept = cookies_of(jar_after(plan="the plan"))
    again = Jar(kept, SEALER, secure=False)
    assert again.read("plan") == "the plan"
    swapped = Jar({"xiangyou_session": kept["xiangyou_plan"]}, SEALER, secure=False)
    assert swapped.read("session") is None


def test_a_cookie_that_is_not_ours_reads_as_none() -> None:
    for value in ("", "x", "!", "AAAA", "中文", "A" * 4000):
        assert Jar({"xiangyou_plan": value}, SEALER, secure=False).read("plan") is None
    kept = cookies_of(jar_after(plan="the plan"))
    assert Jar(kept, cookie_sealer(b"o" * 32), secure=False).read("plan") is None


def test_what_is_written_is_read_within_the_same_request_and_removed_is_gone() -> None:
    jar = jar_after(plan="the plan")
    assert jar.read("plan") == "the plan"
    jar.remove("plan")
    assert jar.read("plan") is None
    assert "Max-Age=0" in jar.headers()[0]


def test_a_cookie_that_browsers_would_drop_is_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        jar_after(plan="x" * 4000)
