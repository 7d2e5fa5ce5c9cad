"""The words by which a text is found: Chinese characters and pairs, words, pinyin, meanings.

A lexeme is a plain string. Chinese text gives single characters and pairs of neighbours, so that
words of any length are found without a dictionary; Latin text gives words in lower case without
accents. Names give their pinyin from each character on (`p:taoyi` for 陶艺) and its initials
(`i:ty`). What the words mean is a lexeme as well (`c:pottery`).
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice, product
from typing import Final

from pypinyin import Style, lazy_pinyin, pinyin
from pypinyin.constants import PINYIN_DICT

# How many characters of pinyin a lexeme reaches, and how many readings of a text are kept.
LONGEST_PINYIN: Final = 8
MOST_READINGS: Final = 3
MOST_SPELLINGS: Final = 8
# "bus" and "gas" stay what they are.
SHORTEST_PLURAL: Final = 3

_PIECES: Final = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+|[0-9a-z]+", re.ASCII)
_HAN: Final = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+")


@dataclass(frozen=True, slots=True)
class Meaning:
    """Words that mean the same: those that say so in a text, and those that only ask for it."""

    name: str
    texts: frozenset[str]
    asked: frozenset[str]


def folded(text: str) -> str:
    """Return a text as words are compared: lower case, no accents, no wide forms."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize(
        "NFC", "".join(one for one in apart if not unicodedata.combining(one))
    )


def pieces(text: str) -> list[str]:
    """Return the runs of Chinese characters and the Latin words of a text, in their order."""
    return _PIECES.findall(folded(text))


def is_han(piece: str) -> bool:
    """Tell whether a piece is Chinese."""
    return _HAN.fullmatch(piece) is not None


def pairs(run: str) -> list[str]:
    """Return the pairs of neighbours in a run of characters; the run itself if it is one."""
    return [run[at : at + 2] for at in range(len(run) - 1)] or [run]


def word_lexemes(texts: Iterable[str]) -> set[str]:
    """Return the characters, pairs and words of some texts."""
    found: set[str] = set()
    for piece in (piece for text in texts for piece in pieces(text)):
        if is_han(piece):
            found.update(piece)
            found.update(pairs(piece))
        else:
            found.add(piece)
            found.add(singular(piece))
    return found


def pinyin_lexemes(names: Iterable[str]) -> set[str]:
    """Return the pinyin of some names from each character on, and its initials."""
    found: set[str] = set()
    for run in (piece for name in names for piece in pieces(name) if is_han(piece)):
        readings = _readings(run)
        for start in range(len(readings)):
            part = readings[start : start + LONGEST_PINYIN]
            for spelling in islice(product(*part), MOST_SPELLINGS):
                found.add("p:" + "".join(spelling))
                if len(spelling) > 1:
                    found.add("i:" + "".join(syllable[0] for syllable in spelling))
    return found


def spelling_of(name: str) -> str:
    """Return a name as it sounds: Chinese in pinyin, without spaces in it, all else as it is."""
    return " ".join(joined_pinyin(piece) if is_han(piece) else piece for piece in pieces(name))


def joined_pinyin(run: str) -> str:
    """Return the most likely pinyin of a run of characters, without spaces."""
    return "".join(lazy_pinyin(run))


@lru_cache(maxsize=4096)
def _readings(run: str) -> tuple[tuple[str, ...], ...]:
    """Return the readings of each character, the likely one first, ü as v and as u."""
    likely = lazy_pinyin(run)
    all_readings = pinyin(run, style=Style.NORMAL, heteronym=True)
    if len(likely) != len(run) or len(all_readings) != len(run):
        return tuple((syllable,) for syllable in likely)
    return tuple(
        tuple(islice(_spelled_both(dict.fromkeys((first, *others))), MOST_READINGS))
        for first, others in zip(likely, all_readings, strict=True)
    )


def _spelled_both(syllables: Iterable[str]) -> Iterator[str]:
    for syllable in syllables:
        yield syllable
        if "v" in syllable:
            yield syllable.replace("v", "u")


@cache
def syllables() -> frozenset[str]:
    """Return all syllables of pinyin, without tones."""
    read = (reading for readings in PINYIN_DICT.values() for reading in readings.split(","))
    return frozenset({*map(folded, read), "lv", "nv"})


def singular(word: str) -> str:
    """Return an English word without the ending of its plural, as far as that is simple."""
    if len(word) <= SHORTEST_PLURAL or not word.endswith("s") or word.endswith("ss"):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    return word[:-1]


def meanings_in(texts: Sequence[str], meanings: Iterable[Meaning]) -> list[str]:
    """Return the names of what some texts say that they are about."""
    plain = [folded(text) for text in texts]
    words = " ".join(singular(piece) for text in plain for piece in pieces(text))
    padded = f" {words} "
    whole = "\n".join(plain)
    return [
        meaning.name
        for meaning in meanings
        if any(_says(word, whole, padded) for word in meaning.texts)
    ]


def _says(word: str, whole: str, padded: str) -> bool:
    if _HAN.search(word):
        return word in whole
    return f" {' '.join(singular(piece) for piece in pieces(word))} " in padded


def asked_meanings(meanings: Iterable[Meaning]) -> Mapping[str, str]:
    """Return which meaning each word asks for: words, singulars, and the pinyin of Chinese ones."""
    asked: dict[str, str] = {}
    for meaning in meanings:
        for word in sorted(meaning.texts | meaning.asked):
            plain = folded(word)
            asked.setdefault(" ".join(singular(piece) for piece in pieces(plain)), meaning.name)
            if len(plain) > 1 and is_han(plain):
                asked.setdefault("p:" + joined_pinyin(plain), meaning.name)
    return asked
