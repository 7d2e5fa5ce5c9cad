"""What of a change matters to visitors: dearer, stricter, elsewhere, fuller, and nothing else."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.venues.domain.differences import Difference, differences
from services.venues.domain.offers import Offer
from services.venues.domain.significance import Place, Significant, of_offer, of_venue
from shared.contracts.terms import (
    ChildAges,
    GroupStep,
    OfferingTerms,
    PaymentPolicy,
    RefundTerms,
    RefundTier,
    Season,
    TicketPrice,
    UnitOption,
)
from shared.core.localized import LocalizedText

DAY_TYPES = (None, "workday", "weekend", "holiday", "make_up_workday")
ADULT = TicketPrice(ticket_type="adult", fen=12800)
CHILD = TicketPrice(ticket_type="child", fen=6800)


def offer(*prices: TicketPrice, **terms: Any) -> Offer:
    return Offer("session", "on_site", prices or (ADULT, CHILD), None, 120, OfferingTerms(**terms))


def stay(*prices: TicketPrice, persons: int = 4, **terms: Any) -> Offer:
    return Offer("stay", "on_site", prices, persons, None, OfferingTerms(**terms))


def priced(fen: int, **other: Any) -> TicketPrice:
    return TicketPrice(ticket_type=other.pop("ticket_type", "adult"), fen=fen, **other)


def pitch(fen: int, **other: Any) -> TicketPrice:
    return priced(fen, ticket_type="pitch", **other)


def sort_of(code: str, persons: int = 4) -> UnitOption:
    return UnitOption(code=code, name=LocalizedText(zh=code, en=code), units=3, persons=persons)


def tiers(*pairs: tuple[int, int]) -> tuple[RefundTier, ...]:
    return tuple(RefundTier(hours_before=hours, percent=percent) for hours, percent in pairs)


def whys(before: Offer, after: Offer) -> list[str]:
    return [one.why for one in of_offer(before, after)]


@pytest.mark.parametrize(
    ("prices", "expected"),
    [
        ((ADULT, CHILD), []),
        ((priced(12700), CHILD), []),
        ((priced(12801), CHILD), ["price_raised"]),
        ((ADULT, CHILD, priced(15000, day_type="weekend")), ["price_raised"]),
        ((ADULT, CHILD, priced(9000, day_type="workday")), []),
        ((ADULT,), ["cheaper_price_removed"]),
        ((CHILD,), []),
        ((ADULT, CHILD, priced(1, ticket_type="senior")), []),
        ((priced(20000), priced(12800, day_type="weekend"), CHILD), ["price_raised"]),
    ],
    ids=[
        "the same",
        "cheaper",
        "dearer",
        "dearer at weekends",
        "cheaper on workdays",
        "no child ticket",
        "no adult ticket",
        "one more ticket",
        "dearer but at weekends",
    ],
)
def test_a_price_matters_where_somebody_pays_more(
    prices: tuple[TicketPrice, ...], expected: list[str]
) -> None:
    assert whys(offer(), offer(*prices)) == expected


def test_a_make_up_workday_is_compared_as_the_workday_that_it_costs_as() -> None:
    listed = (priced(12800), priced(9000, day_type="workday"))
    before = offer(*listed)
    dearer = offer(*listed, priced(9500, day_type="make_up_workday"))
    cheaper = offer(*listed, priced(8000, day_type="make_up_workday"))
    assert whys(before, dearer) == ["price_raised"]
    assert whys(before, cheaper) == []


def test_a_type_of_pitch_that_goes_matters_where_dearer_ones_stay() -> None:
    prices = (pitch(8000, option="tent"), pitch(16000, option="car"))
    both = stay(*prices, options=(sort_of("tent"), sort_of("car")))
    tents = stay(prices[0], options=(sort_of("tent"),))
    cars = stay(prices[1], options=(sort_of("car"),))
    assert whys(both, cars) == ["cheaper_price_removed"]
    assert whys(both, tents) == []


def test_a_season_matters_where_it_makes_some_day_dearer() -> None:
    summer = Season(
        code="summer", name=LocalizedText(zh="夏", en="Summer"), from_day="07-01", until_day="08-31"
    )
    longer = summer.model_copy(update={"until_day": "09-15"})
    dear = (ADULT, CHILD, priced(15000, season="summer"))
    cheap = (ADULT, CHILD, priced(9000, season="summer"))
    assert whys(offer(), offer(*dear, seasons=(summer,))) == ["price_raised"]
    assert whys(offer(), offer(*cheap, seasons=(summer,))) == []
    assert whys(offer(*cheap, seasons=(summer,)), offer(*cheap, seasons=(longer,))) == []
    assert whys(offer(*cheap, seasons=(longer,)), offer(*cheap, seasons=(summer,))) == [
        "price_raised"
    ]
    assert whys(offer(*dear, seasons=(summer,)), offer(*dear, seasons=(longer,))) == [
        "price_raised"
    ]


def test_a_shorter_session_matters_and_a_longer_one_does_not() -> None:
    short = replace(offer(), duration_minutes=119)
    assert of_offer(offer(), short) == [Significant("duration_minutes", "shorter")]
    assert of_offer(short, offer()) == []


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ((5000, "E-7"), (999, "E-7"), [("expected_visitors", "fewer_expected")]),
        ((5000, "E-7"), (6000, "E-7"), [("expected_visitors", "more_visitors")]),
        ((5000, "E-7"), (5000, "E-8"), [("event_permit_number", "other_permit")]),
        ((5000, None), (5000, "E-7"), []),
        ((None, None), (800, None), []),
    ],
    ids=["fewer", "more", "other permit", "first permit", "said first"],
)
def test_what_was_said_of_an_event_matters_where_it_is_said_otherwise(
    before: tuple[int | None, str | None],
    after: tuple[int | None, str | None],
    expected: list[tuple[str, str]],
) -> None:
    was, now = (
        replace(offer(), kind="entry", expected_visitors=expects, event_permit_number=permit)
        for expects, permit in (before, after)
    )
    assert [(one.field, one.why) for one in of_offer(was, now)] == expected


def test_paying_earlier_matters_and_paying_later_does_not() -> None:
    on_site = offer()
    online = replace(on_site, payment="online")
    assert of_offer(on_site, online) == [Significant("payment", "payment_stricter")]
    assert of_offer(online, on_site) == []


def test_a_pitch_for_fewer_people_matters() -> None:
    assert whys(stay(pitch(100), persons=4), stay(pitch(100), persons=3)) == ["fewer_persons"]
    assert whys(stay(pitch(100), persons=3), stay(pitch(100), persons=4)) == []
    smaller = stay(pitch(100), options=(sort_of("tent", 3),))
    assert whys(stay(pitch(100), options=(sort_of("tent", 4),)), smaller) == ["fewer_persons"]


@pytest.mark.parametrize(
    ("looser", "stricter", "why"),
    [
        ({}, {"party_least": 2}, "party_restricted"),
        ({}, {"party_most": 8}, "party_restricted"),
        ({"party_most": 8}, {"party_most": 7}, "party_restricted"),
        ({}, {"most_per_account": 4}, "party_restricted"),
        ({"child_needs_adult": False}, {"child_needs_adult": True}, "party_restricted"),
        ({}, {"nights_least": 2}, "nights_restricted"),
        ({}, {"nights_most": 9}, "nights_restricted"),
        ({}, {"arrival_weekdays": (5, 6)}, "nights_restricted"),
        (
            {"group_steps": (GroupStep(from_persons=10, percent_off=20),)},
            {"group_steps": (GroupStep(from_persons=12, percent_off=20),)},
            "group_discount_lowered",
        ),
        ({}, {"refunds": RefundTerms(non_refundable=True)}, "not_refunded"),
        ({"children_per_adult_most": 3}, {"children_per_adult_most": 2}, "party_restricted"),
        ({}, {"lead_minutes": 60}, "booked_earlier"),
        ({}, {"horizon_days": 30}, "booked_earlier"),
        ({}, {"child_ages": ChildAges(until_age=12)}, "ages_restricted"),
        (
            {"child_ages": ChildAges(from_age=3, until_age=12)},
            {"child_ages": ChildAges(from_age=2, until_age=12)},
            "ages_restricted",
        ),
        ({"senior_from_age": 60}, {"senior_from_age": 65}, "ages_restricted"),
        (
            {"refunds": RefundTerms(ordinary=())},
            {"refunds": RefundTerms(ordinary=tiers((24, 100)))},
            "less_refunded",
        ),
        (
            {},
            {"refunds": RefundTerms(holiday=tiers((360, 100), (168, 70), (72, 50)))},
            "less_refunded",
        ),
    ],
    ids=[
        "larger parties",
        "smaller parties",
        "smaller parties still",
        "fewer for one account",
        "no children alone",
        "more nights",
        "fewer nights",
        "arrival on some days",
        "discount for larger groups",
        "nothing back",
        "fewer children for one adult",
        "booked earlier",
        "not so far ahead",
        "children by age",
        "fewer come free",
        "older seniors",
        "nothing back late",
        "less back in holidays",
    ],
)
def test_stricter_terms_matter_and_looser_ones_do_not(
    looser: dict[str, Any], stricter: dict[str, Any], why: str
) -> None:
    before, after = offer(**looser), offer(**stricter)
    assert of_offer(before, after) == [Significant("terms", why)]  # type: ignore[arg-type]
    assert of_offer(after, before) == []


def test_tiers_of_what_never_came_back_do_not_matter() -> None:
    before = offer(refunds=RefundTerms(non_refundable=True))
    assert whys(before, offer(refunds=RefundTerms(ordinary=tiers((24, 10))))) == []


def test_another_address_and_more_visitors_matter() -> None:
    here, there = LocalizedText(zh="新路村", en="Xinlu"), LocalizedText(zh="嘉溪村", en="Jiaxi")
    place = Place(here, 60)
    assert of_venue(place, Place(here, 59)) == []
    assert of_venue(place, Place(there, 61)) == [
        Significant("address", "address_changed"),
        Significant("day_capacity", "more_visitors"),
    ]


def price_lists() -> st.SearchStrategy[tuple[TicketPrice, ...]]:
    """Lists of prices as an operator may write them: one for all days, some for days."""
    amounts = st.integers(0, 5)
    return st.fixed_dictionaries(
        {None: amounts}, optional={day_type: amounts for day_type in DAY_TYPES if day_type}
    ).map(lambda listed: tuple(priced(fen, day_type=day_type) for day_type, fen in listed.items()))


def pays(prices: Sequence[TicketPrice], day_type: str) -> int:
    listed = {one.day_type: one.fen for one in prices}
    nearest = [day_type, *(["workday"] if day_type == "make_up_workday" else []), None]
    return next(listed[one] for one in nearest if one in listed)


@given(price_lists(), price_lists())
def test_prices_matter_exactly_where_some_day_costs_more(
    before: tuple[TicketPrice, ...], after: tuple[TicketPrice, ...]
) -> None:
    dearer = any(pays(after, day) > pays(before, day) for day in DAY_TYPES if day)
    assert whys(offer(*before), offer(*after)) == (["price_raised"] if dearer else [])


def refund_tiers() -> st.SearchStrategy[tuple[RefundTier, ...]]:
    hours = st.lists(st.integers(0, 6), max_size=4, unique=True).map(sorted)
    return hours.flatmap(
        lambda found: st.lists(st.integers(0, 4), min_size=len(found), max_size=len(found)).map(
            lambda parts: tiers(
                *zip(reversed(found), (25 * part for part in sorted(parts)[::-1]), strict=True)
            )
        )
    )


@given(refund_tiers(), refund_tiers())
def test_refunds_matter_exactly_where_at_some_hour_less_comes_back(
    before: tuple[RefundTier, ...], after: tuple[RefundTier, ...]
) -> None:
    def back(found: tuple[RefundTier, ...], hour: int) -> int:
        if not found:
            return 100
        return max((tier.percent for tier in found if tier.hours_before <= hour), default=0)

    less = any(back(after, hour) < back(before, hour) for hour in range(9))
    reasons = whys(
        offer(refunds=RefundTerms(ordinary=before)), offer(refunds=RefundTerms(ordinary=after))
    )
    assert reasons == (["less_refunded"] if less else [])


@given(price_lists(), refund_tiers(), st.integers(1, 5), st.integers(1, 5))
def test_what_changes_nothing_does_not_matter(
    prices: tuple[TicketPrice, ...], back: tuple[RefundTier, ...], least: int, nights: int
) -> None:
    terms = {"refunds": RefundTerms(ordinary=back), "party_least": least, "nights_least": nights}
    assert of_offer(offer(*prices, **terms), offer(*reversed(prices), **terms)) == []


def test_each_pair_of_payments_is_stricter_in_one_direction() -> None:
    policies: tuple[PaymentPolicy, ...] = ("free", "on_site", "online")
    for early, late in product(policies, policies):
        found = of_offer(replace(offer(), payment=early), replace(offer(), payment=late))
        assert bool(found) == (policies.index(late) > policies.index(early))


def test_differences_name_the_parts_of_objects_and_keep_texts_whole() -> None:
    before = {"name": {"zh": "窑", "en": "Kiln"}, "terms": {"party": 1, "steps": [1]}, "a": 1}
    after = {"name": {"zh": "窑", "en": "The Kiln"}, "terms": {"party": 2, "steps": [1]}, "b": 2}
    assert differences(before, after) == [  # type: ignore[arg-type]
        Difference("name", before["name"], after["name"]),  # type: ignore[arg-type]
        Difference("terms/party", 1, 2),
        Difference("a", 1, None),
        Difference("b", None, 2),
    ]
