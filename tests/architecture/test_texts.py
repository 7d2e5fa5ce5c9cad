"""Every text exists in both languages, with the same placeholders; every error has its words."""

import pkgutil
import string
from importlib import import_module
from pathlib import Path
from typing import get_args

import pytest
from babel.messages.pofile import read_po

import services
import shared
from services.venues.domain.life import Decision
from services.venues.history import What
from shared.core.errors import ApiError
from shared.core.localized import LANGUAGES
from shared.core.texts import Catalogue

ROOT = Path(__file__).resolve().parents[2]
CATALOGUES = sorted(path.parent for path in ROOT.glob("s*/**/locale/zh.po"))


def read(path: Path) -> dict[str, str]:
    with path.open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file) if message.id}


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("folder", CATALOGUES, ids=lambda folder: folder.parent.name)
def test_both_languages_say_the_same_things(folder: Path) -> None:
    zh, en = read(folder / "zh.po"), read(folder / "en.po")
    assert zh.keys() == en.keys()
    assert {key for key in zh if placeholders(zh[key]) != placeholders(en[key])} == set()
    assert {key for key in zh if not (zh[key] and en[key])} == set()


def test_whatever_a_venues_history_tells_has_words_of_its_own() -> None:
    texts = Catalogue.load("services.venues")
    kinds = [what for part in get_args(What) for what in get_args(part)]
    titles = [texts.both(f"history.{what}") for what in kinds]
    assert len(kinds) > len(get_args(Decision))
    for language in LANGUAGES:
        assert len({title.text(language) for title in titles}) == len(kinds)


def all_errors() -> list[type[ApiError]]:
    for package in (services, shared):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.rpartition(".")[2] == "errors":
                import_module(module.name)
    found, waiting = [], [ApiError]
    while waiting:
        for error in waiting.pop().__subclasses__():
            # Tests have errors of their own, which are here when they were collected earlier.
            if not error.__module__.startswith("tests."):
                found.append(error)
            waiting.append(error)
    return found


@pytest.mark.parametrize(
    "error", all_errors(), ids=lambda error: f"{error.__module__}.{error.code}"
)
def test_every_error_has_a_title_and_a_sentence(error: type[ApiError]) -> None:
    top, owner, *_ = error.__module__.split(".")
    own = (f"services.{owner}",) if top == "services" else ()
    catalogue = Catalogue.load("shared.http", *own)
    assert catalogue.has(f"error.{error.code}.title")
    assert catalogue.has(f"error.{error.code}.detail")


def test_no_two_errors_of_a_service_share_a_code() -> None:
    codes = [(error.__module__, error.code) for error in all_errors()]
    assert len(codes) == len(set(codes))
