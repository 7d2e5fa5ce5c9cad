"""Invented visitors, with phone numbers that nobody can have."""

from dataclasses import dataclass
from random import Random
from typing import Final

from deploy.local.demo.api import Json

SURNAMES: Final = "陈林张王李周胡郑徐沈虞乐贺竺"
GIVEN: Final = "溪禾舟宁安青一白知远南星书言子墨可晴"
# No Chinese mobile number begins with 120.
PHONES: Final = "+86120000{number:05d}"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who books."""

    name: str
    contact: Json


def visitors(number: int) -> list[Visitor]:
    """Return the same visitors each time: half reached by mail, half by phone."""
    random = Random("visitors of the demo district")  # noqa: S311 - a demo's dice
    found = []
    for place in range(number):
        name = random.choice(SURNAMES) + "".join(random.sample(GIVEN, 2))
        contact = (
            {"email": f"visitor{place}@xiangyou.example"}
            if place % 2
            else {"phone": PHONES.format(number=place)}
        )
        found.append(Visitor(name, contact))
    return found
