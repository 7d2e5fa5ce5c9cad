"""Sentences for wrong fields exist in both languages, for every rule that pydantic knows."""

from typing import get_args

import pytest
from pydantic_core import PydanticKnownError
from pydantic_core.core_schema import ErrorType

from shared.core.localized import LANGUAGES, Language
from shared.core.visible_text import Fault
from shared.http.validation import _BY_PREFIX, _EXACT, field_error, with_messages
from tests.http.example.app import CATALOGUE

OURS = {*_EXACT.values(), *_BY_PREFIX.values(), *get_args(Fault), "repeated", "cursor", "wrong"}


@pytest.mark.parametrize("code", sorted(OURS))
def test_every_rule_has_its_sentence(code: str) -> None:
    assert CATALOGUE.has(f"field.{code}")


def test_no_sentence_belongs_to_no_rule() -> None:
    for language in LANGUAGES:
        codes = {
            key.removeprefix("field.") for key in CATALOGUE.keys(language) if key[:5] == "field"
        }
        assert codes - {"ends_before_start"} == OURS


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_rule_that_nobody_foresaw_has_a_sentence_too(language: Language) -> None:
    (entry,) = with_messages([field_error("body", "/x", "surprise")], CATALOGUE, language)
    assert entry["message"] == CATALOGUE.text("field.wrong", language)


def test_the_kinds_of_pydantic_that_we_name_exist() -> None:
    assert set(_EXACT) <= set(get_args(ErrorType))
    assert PydanticKnownError("missing").type == "missing"
