from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from pydantic import ValidationError

from services.web.domain.calendar_grid import weeks
from services.web.domain.contact import masked, read_contact
from services.web.domain.day_chips import bookable_day, day_chips, default_day
from services.web.domain.party import Party
from services.web.domain.plan import Plan, new_line
from services.web.domain.price_table import price_table
from services.web.domain.scenes import venue_scene, village_scene
from services.web.domain.time_line import Stop, notes_on
from services.web.domain.units import units_of
from services.web.rendering import formats
from services.web.rendering.assets import FOLDER
from services.web.rendering.bar_chart import Figure, bar_chart
from services.web.settings import WebSettings
from shared.core.clock import SHANGHAI
from shared.core.secret_keys import development_key
from shared.core.settings import ServiceSettings
from tests.web.district import example_id

THURSDAY, SATURDAY, SUNDAY = (date(2026, 11, day) for day in (26, 28, 29))
JIAXI, XINLU = UUID(example_id(11)), UUID(example_id(12))


def stop(
    name: str, hour: float, hours: float, village: UUID = JIAXI, *, night: bool = False
) -> Stop:
    start = datetime(2026, 11, 28, tzinfo=SHANGHAI) + timedelta(hours=hour)
    return Stop(name, village, start, start + timedelta(hours=hours), night)


def test_the_chips_are_today_and_the_days_of_two_weekends() -> None:
    assert [chip.name for chip in day_chips(THURSDAY)] == [
        "today",
        "saturday",
        "sunday",
        "next_saturday",
        "next_sunday",
    ]
    assert [chip.day.day for chip in day_chips(SATURDAY)] == [28, 29, 5, 6]
    assert [chip.day.day for chip in day_chips(SUNDAY)] == [29, 5, 6]


def test_a_weekend_that_has_begun_is_this_weekend() -> None:
    assert default_day(THURSDAY) == SATURDAY
    assert default_day(SATURDAY) == SATURDAY
    assert default_day(SUNDAY) == SUNDAY


def test_only_days_within_the_horizon_can_be_booked() -> None:
    assert bookable_day("2026-11-26", THURSDAY) == THURSDAY
    assert bookable_day("2026-11-25", THURSDAY) is None
    assert bookable_day("2027-02-24", THURSDAY) == THURSDAY + timedelta(days=90)
    assert bookable_day("2027-02-25", THURSDAY) is None
    assert bookable_day("20261126", THURSDAY) is None


def test_a_party_that_cannot_be_booked_is_taken_for_two_adults() -> None:
    assert Party.read({}) == Party(2, 0, 0)
    assert Party.read({"adult": "0"}) == Party(2, 0, 0)
    assert Party.read({"adult": "21"}) == Party(2, 0, 0)
    assert Party.read({"adult": "1", "child": "²", "senior": " 3 "}) == Party(1, 0, 3)


def test_a_party_takes_whole_pitches_and_a_place_each_where_nobody_shares() -> None:
    assert units_of(5, 4) == 2
    assert units_of(4, 4) == 1
    assert units_of(5, None) == 5


@dataclass(frozen=True)
class Fen:
    ticket_type: str
    fen: int
    day_type: str | None = None
    option: str | None = None
    season: str | None = None


def test_a_season_has_a_table_of_its_own_and_counts_for_more_than_a_kind_of_day() -> None:
    prices = [
        Fen("pitch", 100),
        Fen("pitch", 150, "weekend"),
        Fen("pitch", 200, season="summer"),
        Fen("pitch", 300, option="lakeside"),
    ]
    options = ["forest", "lakeside"]
    usual = price_table(prices, options)
    assert [row.fens for row in usual.rows] == [(100, 150), (300, 300)]
    summer = price_table(prices, options, "summer")
    assert [row.fens for row in summer.rows] == [(200,), (300,)]


def test_one_column_stands_for_all_days_that_cost_the_same() -> None:
    plain = price_table([Fen("child", 60), Fen("adult", 100)], [])
    assert plain.columns == (("workday", "weekend", "holiday"),)
    assert [(row.ticket_type, row.fens) for row in plain.rows] == [
        ("adult", (100,)),
        ("child", (60,)),
    ]
    dear = price_table([Fen("adult", 100), Fen("adult", 150, "holiday"), Fen("child", 60)], [])
    assert dear.columns == (("workday", "weekend"), ("holiday",))
    assert [row.fens for row in dear.rows] == [(100, 150), (60, 60)]


def test_a_price_for_a_type_of_pitch_counts_for_more_than_one_for_a_sort_of_day() -> None:
    prices = [
        Fen("pitch", 100),
        Fen("pitch", 150, "weekend"),
        Fen("pitch", 80, None, "forest"),
        Fen("pitch", 70, "make_up_workday", "forest"),
    ]
    table = price_table(prices, ["lakeside", "forest"])
    assert table.columns == (("workday", "holiday"), ("weekend",), ("make_up_workday",))
    lakeside, forest = table.rows
    assert (lakeside.option, lakeside.fens) == ("lakeside", (100, 150, 100))
    assert (forest.option, forest.fens) == ("forest", (80, 80, 70))


def test_overlaps_clash_and_short_ways_between_villages_are_tight() -> None:
    assert notes_on([stop("a", 9, 2), stop("b", 10, 1)]) == {"b": "clash"}
    assert notes_on([stop("a", 9, 2), stop("b", 11.5, 1, XINLU)]) == {"b": "tight"}
    assert notes_on([stop("a", 9, 2), stop("b", 11, 1)]) == {}
    assert notes_on([stop("a", 9, 2), stop("b", 11.75, 1, XINLU)]) == {}


def test_a_stay_clashes_with_another_stay_only() -> None:
    night = stop("night", 15, 21, night=True)
    assert notes_on([night, stop("evening", 19, 2)]) == {}
    assert notes_on([night, stop("second", 16, 20, XINLU, night=True)]) == {"second": "two_beds"}


def test_a_plans_key_changes_with_its_lines_and_with_nothing_else() -> None:
    line = new_line(UUID(example_id(31)), datetime(2026, 11, 28, 15, tzinfo=SHANGHAI), 1, Party())
    plan = Plan().with_line(line)
    assert plan.named("小满").key == plan.key
    assert plan.without_line("nobody").key == plan.key
    assert plan.without_line(line.line_id).key != plan.key
    assert Plan.model_validate_json(plan.written()) == plan


def test_a_contact_is_a_phone_or_an_address() -> None:
    assert read_contact(" 138-0000-0001 ") == {"phone": "+8613800000001"}
    assert read_contact("lin@example.com") == {"email": "lin@example.com"}
    for nonsense in ("", "lin", "lin@", "@example.com", "a b@example.com", "12"):
        assert read_contact(nonsense) is None
    assert masked({"phone": "+8613800000001"}) == "138****0001"
    assert masked({"email": "lin@example.com"}) == "li***@example.com"


def test_days_and_times_are_those_of_the_villages() -> None:
    late = datetime.fromisoformat("2026-11-27T16:30:00+00:00")
    assert formats.moment(late, "zh") == "11月28日 周六 00:30"
    assert formats.moment(late, "en") == "Sat 28 Nov 00:30"


def test_a_month_is_shown_in_whole_weeks() -> None:
    grid = weeks(THURSDAY, date(2026, 12, 6))
    assert [week[0].isoformat() for week in grid] == ["2026-11-23", "2026-11-30"]
    assert grid[-1][-1] == date(2026, 12, 6)


def test_every_scene_that_can_be_chosen_is_drawn() -> None:
    chosen = {village_scene(slug) for slug in ("jiaxi", "xinlu", "yanhe", "chaiqiao", "other")}
    chosen |= {venue_scene(s, ["session"], "xinlu") for s in ("camp", "book-cafe", "kiln", "tea")}
    chosen.add(venue_scene("somewhere", ["stay"], "xinlu"))
    assert venue_scene("somewhere", ["session"], "xinlu") == "village-xinlu"
    assert all((FOLDER / "scenes" / f"{scene}.svg").exists() for scene in chosen)


def test_bars_are_as_high_as_their_figures_and_none_is_higher_than_the_axis() -> None:
    chart = bar_chart(
        [Figure(SATURDAY, 100, 50, withheld=False), Figure(SUNDAY, 0, 0, withheld=True)]
    )
    full, empty = chart.bars
    assert full.booked_height == pytest.approx(2 * full.arrived_height, abs=0.1)
    assert empty.booked_height == 0
    for booked in (0, 1, 9, 51, 99, 101, 999, 12_345):
        top = bar_chart([Figure(SATURDAY, booked, 0, withheld=False)]).lines[-1][0]
        assert booked <= top <= max(10, 2 * booked)


def test_production_refuses_what_is_only_for_development(monkeypatch: pytest.MonkeyPatch) -> None:
    good = {
        "ENVIRONMENT": "production",
        "SERVICE_SECRET": "s" * 32,
        "TRUSTED_PROXIES": "192.0.2.0/24",
        "WEB_COOKIE_KEY": "A" * 43 + "=",
        "WEB_SECURE_COOKIES": "true",
        "WEB_DEVELOPMENT_INBOX_URL": "",
    }
    for name, value in good.items():
        monkeypatch.setenv(name, value)
    assert WebSettings().secure_cookies
    for name, wrong in (
        ("SERVICE_SECRET", "s" * 31),
        ("TRUSTED_PROXIES", ServiceSettings.model_fields["trusted_proxies"].default),
        ("WEB_COOKIE_KEY", development_key("seals cookies").get_secret_value()),
        ("WEB_COOKIE_KEY", "c2hvcnQ="),
        ("WEB_SECURE_COOKIES", "false"),
        ("WEB_DEVELOPMENT_INBOX_URL", "http://127.0.0.1:8106"),
    ):
        with monkeypatch.context() as changed, pytest.raises(ValidationError):
            changed.setenv(name, wrong)
            WebSettings()
