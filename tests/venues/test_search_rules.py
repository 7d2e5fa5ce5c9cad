"""Words, points and counts of search, without a database."""

from collections import Counter
from datetime import date
from uuid import UUID

import pytest

from services.venues.domain.distance import kilometres
from services.venues.domain.facets import Choice, band_of, count_choices
from services.venues.domain.ranking import Candidate, Ranked, ranked, reasons_for
from services.venues.domain.search_query import MOST_TERMS, read_query
from services.venues.domain.search_words import (
    meanings_in,
    pinyin_lexemes,
    singular,
    spelling_of,
    word_lexemes,
)
from services.venues.searching.lexicon import lexicon

DAY, NEXT_DAY = date(2026, 11, 28), date(2026, 11, 29)
ASKED = lexicon().asked


def test_chinese_gives_characters_and_pairs_and_latin_gives_plain_words() -> None:
    assert word_lexemes(["陶艺馆 Cafés ＡＢ 100%"]) == {
        "陶", "艺", "馆", "陶艺", "艺馆", "cafes", "cafe", "ab", "100",
    }  # fmt: skip


def test_pinyin_begins_at_each_character_in_a_few_readings() -> None:
    found = pinyin_lexemes(["陶艺"])
    assert {"p:taoyi", "p:yi", "i:ty"} <= found
    # 朝 is zhao and chao; ü is written v and u.
    assert {"p:zhaoxi", "p:chaoxi"} <= pinyin_lexemes(["朝溪"])
    assert {"p:lvye", "p:luye"} <= pinyin_lexemes(["绿野"])


def test_a_hostile_name_gives_a_bounded_number_of_words() -> None:
    assert len(pinyin_lexemes(["行乐长重" * 30])) < 5_000


def test_names_are_spelt_as_they_sound() -> None:
    assert spelling_of("新路 Kiln 陶艺") == "xinlu kiln taoyi"


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("classes", "class"),
        ("markets", "market"),
        ("berries", "berry"),
        ("class", "class"),
        ("bus", "bus"),
        ("boxes", "box"),
    ],
)
def test_plurals_are_read_as_singulars(word: str, expected: str) -> None:
    assert singular(word) == expected


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("周末来拉坯", "pottery"),
        ("Two ceramics classes", "pottery"),
        ("手冲一杯", "coffee"),
        ("A small CAFÉ", "coffee"),
        ("溪边露营", "camping"),
        ("Country fairs", "market"),
    ],
)
def test_texts_say_what_they_are_about(text: str, meaning: str) -> None:
    assert meaning in meanings_in([text], lexicon().meanings)


def test_a_word_within_another_means_nothing() -> None:
    assert meanings_in(["The campus of a steam engine, unfair"], lexicon().meanings) == []


@pytest.mark.parametrize(
    "words", ["陶艺", "taoyi", "tao yi", "pottery", "ceramics", "陶", "potters", "拉坯", "lapi"]
)
def test_all_words_for_pottery_ask_for_it(words: str) -> None:
    (term,) = read_query(words, ASKED).terms
    assert "'c:pottery'" in term.broad
    assert "'c:" not in term.literal


def test_a_run_of_characters_is_cut_where_words_are_known() -> None:
    terms = read_query("周末陶艺课", ASKED).terms
    assert [term.literal for term in terms] == ["('周末')", "('陶艺')", "('课')"]
    (whole,) = read_query("新路村", ASKED).terms
    assert whole.literal == "('新路') & ('路村')"


def test_a_question_has_a_bounded_number_of_parts() -> None:
    assert len(read_query("a b " * 50, ASKED).terms) == MOST_TERMS
    assert read_query(" %_\\ '|&!:* ", ASKED).terms == ()


def candidate(number: int, **other: object) -> Candidate:
    return Candidate(UUID(int=number), **other)  # type: ignore[arg-type]


def order(*candidates: Candidate) -> list[int]:
    return [one.candidate.venue_id.int for one in ranked(candidates)]


def test_without_anything_asked_the_oldest_come_first() -> None:
    assert order(candidate(3), candidate(1), candidate(2)) == [1, 2, 3]


def test_the_better_fit_comes_first() -> None:
    fits = ("some", "similar", "meaning", "text", "village", "offering", "name", "exact_name")
    assert order(*(candidate(n, fit=fit) for n, fit in enumerate(fits))) == [7, 6, 5, 4, 3, 2, 1, 0]


def test_of_what_fits_alike_quiet_villages_come_before_crowded_ones() -> None:
    asked = {"asked_days": 1, "days": (DAY,), "fit": "text"}
    assert order(
        candidate(1, crowdings=("crowded",), **asked),
        candidate(2, crowdings=("busy",), **asked),
        candidate(3, crowdings=("quiet",), **asked),
    ) == [3, 2, 1]


def test_a_quiet_village_outweighs_one_step_of_fitting_but_not_the_very_name() -> None:
    asked = {"asked_days": 1, "days": (DAY,)}
    quiet = candidate(1, fit="offering", crowdings=("quiet",), **asked)
    crowded = candidate(2, fit="name", crowdings=("crowded",), **asked)
    called = candidate(3, fit="exact_name", crowdings=("crowded",), **asked)
    assert order(quiet, crowded, called) == [3, 1, 2]


@pytest.mark.parametrize(
    ("crowdings", "code", "points"),
    [
        (("quiet",), "quiet_village", 30),
        (("crowded", "quiet"), "quiet_village", 15),
        (("quiet", *["crowded"] * 13), "crowded_village", 2),
        (("quiet", "busy", "busy"), "busy_village", 20),
        (("full", "crowded", "full"), "crowded_village", 0),
    ],
)
def test_a_village_has_its_points_by_the_share_of_its_quiet_days(
    crowdings: tuple[str, ...], code: str, points: int
) -> None:
    (reason,) = reasons_for(candidate(1, crowdings=crowdings))
    assert (reason.code, reason.points) == (code, points)


def test_more_days_are_better_where_they_are_as_quiet() -> None:
    both_days = candidate(2, asked_days=2, days=(DAY, NEXT_DAY), crowdings=("quiet", "quiet"))
    one_day = candidate(1, asked_days=2, days=(DAY,), crowdings=("quiet",))
    assert order(one_day, both_days) == [2, 1]


def test_the_nearer_comes_first_and_points_are_the_sum_of_the_reasons() -> None:
    near = candidate(2, distance_km=1.0, within_km=20.0)
    far = candidate(1, distance_km=15.0, within_km=20.0)
    assert order(far, near) == [2, 1]
    shown = Ranked(near, reasons_for(near))
    assert (shown.score, shown.key) == (19, (-19, UUID(int=2)))


def test_further_choices_count_venues_under_the_other_choices() -> None:
    one, two, village = UUID(int=1), UUID(int=2), UUID(int=9)

    def choice(venue: UUID, kind: str, fen: int, **fits: bool) -> Choice:
        flags = {"fits_kind": True, "fits_village": True, "fits_price": True, **fits}
        return Choice(venue, village, kind, fen, **flags)  # type: ignore[arg-type]

    counts = count_choices(
        [
            choice(one, "stay", 0),
            choice(one, "stay", 9_000),
            choice(one, "table", 3_000, fits_kind=False),
            choice(two, "stay", 30_000, fits_price=False),
        ]
    )
    assert counts.kinds == Counter({"stay": 1, "table": 1})
    assert counts.villages == Counter({village: 1})
    assert counts.bands == Counter({band_of(0): 1, band_of(30_000): 1})
    assert [band_of(fen) for fen in (0, 1, 5_000, 5_001, 50_000, 50_001)] == [0, 1, 1, 2, 4, 5]


def test_distances_are_those_on_the_map() -> None:
    assert kilometres((29.87, 121.78), (29.87, 121.78)) == 0
    # Ningbo to Shanghai.
    assert kilometres((29.8683, 121.5440), (31.2304, 121.4737)) == pytest.approx(152, abs=2)
