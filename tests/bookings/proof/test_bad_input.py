"""What is asked for wrongly is refused with a code and a sentence, and changes nothing at all."""

import re
from collections.abc import AsyncIterator
from typing import Any, Final

import pytest

from deploy.local.postgres import EmbeddedPostgres
from tests.bookings.proof.bad_bodies import BAD_REQUESTS
from tests.bookings.proof.bad_lines import BAD_LINES
from tests.bookings.proof.doors import Doors
from tests.bookings.proof.stage import proving
from tests.bookings.world import Answer
from tests.support.databases import clone

LANGUAGES: Final = ("zh", "en")
CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")
# What a text has where nothing was filled in.
PLACEHOLDER: Final = re.compile(r"[{}]|%\(|error\.")


@pytest.fixture(scope="module")
async def doors(
    postgres: EmbeddedPostgres, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Doors]:
    async with (
        clone(postgres, template) as database,
        proving(database, tmp_path_factory.mktemp("doors")) as proof,
    ):
        opened = Doors(proof)
        await opened.open()
        yield opened


@pytest.mark.parametrize(
    ("door", "fault"),
    [(door, fault) for fault, bad in BAD_LINES.items() for door in bad.doors],
)
async def test_a_bad_line_is_refused_at_each_door(doors: Doors, door: str, fault: str) -> None:
    bad = BAD_LINES[fault]
    path, body = doors.through(door, bad.line)
    await refused(doors, path, body, bad.code)


@pytest.mark.parametrize("fault", BAD_REQUESTS)
async def test_a_bad_request_is_refused(doors: Doors, fault: str) -> None:
    bad = BAD_REQUESTS[fault]
    path, body = bad.build(doors)
    how = {"key": bad.key, "signed_in": bad.signed_in, "content_type": bad.content_type}
    await refused(doors, path, body, bad.code, **how)


async def refused(doors: Doors, path: str, body: object, code: str, **how: Any) -> None:
    """Ask in both languages; see the code, a sentence, and that no row of any table changed."""
    before = await doors.rows(doors.proof.owner)
    for language in LANGUAGES:
        answer = await doors.ask("POST", path, body, language=language, **how)
        assert (400 <= answer.status < 500, answer.code) == (True, code), answer.json
        is_said(answer, language)
    assert await doors.rows(doors.proof.owner) == before


def is_said(answer: Answer, language: str) -> None:
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert answer.headers["Content-Language"] == language
    sentences = [answer.json["title"], answer.json["detail"]]
    sentences += [error["message"] for error in answer.json.get("errors", ())]
    for sentence in sentences:
        assert sentence.strip()
        assert not PLACEHOLDER.search(sentence), sentence
        assert bool(CHINESE.search(sentence)) == (language == "zh"), sentence
    assert answer.json["detail"][-1] in "。？！.?!"
