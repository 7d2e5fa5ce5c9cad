"""Writes the words by which venues are found, in the transaction of whoever changed a text.

Triggers note which venues' words are out of date, so that none is forgotten (see the migration
`0013_search_listings.sql`). Pinyin takes a moment, so a job writes what nobody has.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from services.venues.domain.search_words import (
    folded,
    meanings_in,
    pinyin_lexemes,
    spelling_of,
    word_lexemes,
)
from services.venues.searching.lexicon import Lexicon, lexicon
from shared.db import Connection, fetch_all

LONGEST_SPELLING: Final = 4000

# What a venue's notes were when its texts were read: later ones are of later changes.
FORGET_STALE: Final = "delete from stale_venue_words where venue_id = any ($1::uuid[])"

FIND_TEXTS: Final = """
select
    v.venue_id,
    v.name,
    g.name as village_name,
    array[v.summary, v.description, v.address, g.subdistrict] as texts,
    coalesce(o.names, '{}') as offering_names,
    coalesce(o.texts, '{}') as offering_texts
from venues v
join villages g using (village_id)
left join lateral (
    select array_agg(name order by offering_id) as names,
        array_agg(description order by offering_id) as texts
    from offerings
    where offerings.venue_id = v.venue_id and not offerings.held_back
) o on true
where v.venue_id = any ($1::uuid[])
"""

WRITE: Final = """
insert into venue_words as known (
    venue_id, name_words, offering_words, village_words, all_words, spelled, names_folded, edition
)
values (
    $1, array_to_tsvector($2), array_to_tsvector($3), array_to_tsvector($4), array_to_tsvector($5),
    $6, $7, $8
)
on conflict (venue_id) do update
set
    name_words = excluded.name_words,
    offering_words = excluded.offering_words,
    village_words = excluded.village_words,
    all_words = excluded.all_words,
    spelled = excluded.spelled,
    names_folded = excluded.names_folded,
    edition = excluded.edition
"""

Pair = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Texts:
    """All texts of a venue, each in Chinese and in English."""

    venue_id: UUID
    name: Pair
    village_name: Pair
    texts: Sequence[Pair]
    offering_names: Sequence[Pair]
    offering_texts: Sequence[Pair]


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a venue's texts, as they are stored."""

    of_name: set[str]
    of_offerings: set[str]
    of_village: set[str]
    of_all: set[str]
    spelled: str
    names_folded: list[str]


async def write_words(conn: Connection, venue_ids: Sequence[UUID]) -> None:
    """Write the words of some venues, from their texts as this transaction sees them."""
    await conn.execute(FORGET_STALE, venue_ids)
    known = lexicon()
    rows = [
        _row(texts.venue_id, words_of(texts, known), known.edition)
        for texts in await fetch_all(conn, Texts, FIND_TEXTS, venue_ids)
    ]
    await conn.executemany(WRITE, sorted(rows))


def words_of(texts: Texts, known: Lexicon) -> Words:
    """Return the words of a venue's texts."""
    names = list(texts.name.values())
    offering_names = list(_both(texts.offering_names))
    village = list(texts.village_name.values())
    others = [*_both(texts.texts), *_both(texts.offering_texts)]
    of_name = word_lexemes(names) | pinyin_lexemes(names)
    of_offerings = word_lexemes(offering_names) | pinyin_lexemes(offering_names)
    of_village = word_lexemes(village) | pinyin_lexemes(village)
    meanings = meanings_in([*names, *offering_names, *others], known.meanings)
    meant = {f"c:{name}" for name in meanings}
    spelled = [spelling_of(name) for name in (*names, *offering_names, *village)]
    return Words(
        of_name,
        of_offerings,
        of_village,
        of_name | of_offerings | of_village | word_lexemes(others) | meant,
        " ".join(dict.fromkeys([*spelled, *_names_of(meanings, known)]))[:LONGEST_SPELLING],
        [folded(name) for name in names],
    )


def _both(pairs: Iterable[Pair]) -> Iterable[str]:
    return (text for pair in pairs for text in pair.values())


def _names_of(meanings: Sequence[str], known: Lexicon) -> Iterable[str]:
    """Return all words that mean the same as what a venue is about, as they are spelt."""
    return (
        spelling_of(word)
        for meaning in known.meanings
        if meaning.name in meanings
        for word in sorted(meaning.texts)
    )


def _row(venue_id: UUID, words: Words, edition: int) -> tuple[object, ...]:
    return (
        venue_id,
        sorted(words.of_name),
        sorted(words.of_offerings),
        sorted(words.of_village),
        sorted(words.of_all),
        words.spelled,
        words.names_folded,
        edition,
    )
