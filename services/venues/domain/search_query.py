"""What somebody asks for, as questions to the words of venues (`tsquery` of PostgreSQL).

Each part of the question must be found, in one of several ways: as Chinese characters, as the
beginning of a word, as pinyin with or without spaces, as initials, or by what it means. Where
nothing is found so, parts may be misspelt; and where that finds nothing either, one part of
several is enough. Lexemes are made of letters, digits and colons only, so they need no escapes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Final, Literal

from services.venues.domain.search_words import (
    is_han,
    joined_pinyin,
    pairs,
    pieces,
    singular,
    syllables,
)

# `all`: each part is found; `similar`: some are misspelt; `some`: not all of them are found.
Mode = Literal["all", "similar", "some"]

MOST_TERMS: Final = 12
LONGEST_MEANING: Final = 4
# Shorter words are similar to too many others.
SHORTEST_MISSPELT: Final = 4
LONGEST_INITIALS: Final = 8


@dataclass(frozen=True, slots=True)
class Term:
    """One part of a question: as it is written, by what it means too, and misspelt."""

    literal: str
    broad: str
    # Also by its sound: somebody wrote 陶意.
    by_sound: str
    # What is compared with how names are spelt; "" for what is not.
    misspelt: str


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A question of one or more parts."""

    terms: tuple[Term, ...]

    @property
    def literal(self) -> str:
        """Return the question for all parts as they are written."""
        return _all(term.literal for term in self.terms)

    def broad(self, mode: Mode) -> str:
        """Return the question by which venues are looked for; `similar` has no single one."""
        if mode == "some":
            return " | ".join(f"({term.broad})" for term in self.terms)
        return _all(term.broad for term in self.terms)


def read_query(text: str, asked: Mapping[str, str]) -> SearchQuery:
    """Return what a text asks for; `asked` says what words mean (`asked_meanings`)."""
    found: list[Term] = []
    for han, run in groupby(pieces(text), is_han):
        for piece in run if han else ():
            found += _han_terms(piece, asked)
        found += () if han else _latin_terms(list(run), asked)
    return SearchQuery(tuple(islice(found, MOST_TERMS)))


def _han_terms(run: str, asked: Mapping[str, str]) -> Iterator[Term]:
    """Cut a run of characters where words are known that mean something."""
    plain, at = 0, 0
    while at < len(run):
        end = _known_word(run, at, asked)
        if end is None:
            at += 1
            continue
        if plain < at:
            yield _han_term(run[plain:at], asked)
        yield _han_term(run[at:end], asked)
        plain = at = end
    if plain < len(run):
        yield _han_term(run[plain:], asked)


def _known_word(run: str, start: int, asked: Mapping[str, str]) -> int | None:
    """Return the end of the longest known word from here on, of two characters at least."""
    for end in range(min(len(run), start + LONGEST_MEANING), start + 1, -1):
        if run[start:end] in asked:
            return end
    return None


def _han_term(word: str, asked: Mapping[str, str]) -> Term:
    literal = _all(f"'{pair}'" for pair in pairs(word))
    broad = _or_meaning(literal, asked.get(word))
    sound = f" | 'p:{joined_pinyin(word)}':*" if len(word) > 1 else ""
    return Term(literal, broad, broad + sound, "")


def _latin_terms(words: Sequence[str], asked: Mapping[str, str]) -> Iterator[Term]:
    """Join words that mean something together, and pinyin that was written with spaces."""
    at = 0
    while at < len(words):
        end = next(
            (
                end
                for end in range(min(len(words), at + LONGEST_MEANING), at + 1, -1)
                if _meaning(words[at:end], asked) or all(w in syllables() for w in words[at:end])
            ),
            at + 1,
        )
        yield _latin_term(words[at:end], asked)
        at = end


def _latin_term(words: Sequence[str], asked: Mapping[str, str]) -> Term:
    joined = "".join(words)
    ways = [_all(_word(word) for word in words), f"'p:{joined}':*"]
    if len(words) == 1 and 1 < len(joined) <= LONGEST_INITIALS:
        ways.append(f"'i:{joined}':*")
    literal = " | ".join(ways)
    broad = _or_meaning(literal, _meaning(words, asked))
    misspelt = " ".join(words) if len(joined) >= SHORTEST_MISSPELT else ""
    return Term(literal, broad, broad, misspelt)


def _word(word: str) -> str:
    """Return the question for a word or what begins with it; one letter begins too much."""
    if len(word) == 1:
        return f"'{word}'"
    return f"('{word}':* | '{singular(word)}')"


def _meaning(words: Sequence[str], asked: Mapping[str, str]) -> str | None:
    return asked.get(" ".join(singular(word) for word in words)) or asked.get("p:" + "".join(words))


def _or_meaning(literal: str, meaning: str | None) -> str:
    return literal if meaning is None else f"{literal} | 'c:{meaning}'"


def _all(questions: Iterator[str]) -> str:
    return " & ".join(f"({question})" for question in questions)
