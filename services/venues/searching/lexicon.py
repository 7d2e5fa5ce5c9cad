"""The synonyms, as they stand in `synonyms.toml`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from services.venues.domain.search_words import Meaning, asked_meanings

FILE: Final = Path(__file__).with_name("synonyms.toml")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What words mean; venues' words that were written by another edition are out of date."""

    edition: int
    meanings: tuple[Meaning, ...]
    asked: Mapping[str, str]


@cache
def lexicon() -> Lexicon:
    """Return the lexicon; read from its file once."""
    read = tomllib.loads(FILE.read_text(encoding="utf-8"))
    edition = read.pop("edition")
    meanings = tuple(
        Meaning(name, frozenset(group["texts"]), frozenset(group["asked"]))
        for name, group in read.items()
    )
    return Lexicon(edition, meanings, asked_meanings(meanings))
