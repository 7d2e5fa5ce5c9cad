"""What a browser says of itself, as coarse as people speak of it: Chrome on Android."""

import re
from typing import Final, NamedTuple

LONGEST_READ: Final = 512

# The first that fits counts: most browsers also claim to be those that they descend from.
_BROWSERS: Final = (
    ("WeChat", re.compile(r"MicroMessenger/")),
    ("Alipay", re.compile(r"AlipayClient/")),
    ("Edge", re.compile(r"Edg(e|A|iOS)?/")),
    ("Samsung Internet", re.compile(r"SamsungBrowser/")),
    ("Opera", re.compile(r"OPR/|Opera")),
    ("QQ Browser", re.compile(r"MQQBrowser/|QQBrowser/")),
    ("UC Browser", re.compile(r"UCBrowser/|UBrowser/")),
    ("Firefox", re.compile(r"Firefox/|FxiOS/")),
    ("Chrome", re.compile(r"Chrome/|CriOS/|Chromium/")),
    ("Safari", re.compile(r"Safari/")),
)
_SYSTEMS: Final = (
    ("HarmonyOS", re.compile(r"HarmonyOS|OpenHarmony")),
    ("Android", re.compile(r"Android")),
    ("iPhone", re.compile(r"iPhone")),
    ("iPad", re.compile(r"iPad")),
    ("Windows", re.compile(r"Windows")),
    ("Mac", re.compile(r"Macintosh|Mac OS X")),
    ("ChromeOS", re.compile(r"CrOS")),
    ("Linux", re.compile(r"Linux")),
)


class Device(NamedTuple):
    """A browser and a system by their everyday names; None for one that nobody knows."""

    browser: str | None
    system: str | None


def device_of(user_agent: str | None) -> Device:
    """Return what a User-Agent header says (RFC 9110 §10.1.5); versions are not kept."""
    text = (user_agent or "")[:LONGEST_READ]
    browser = next((name for name, pattern in _BROWSERS if pattern.search(text)), None)
    system = next((name for name, pattern in _SYSTEMS if pattern.search(text)), None)
    return Device(browser, system)
