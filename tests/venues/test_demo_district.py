"""The demo district: every listing in it is one that the service takes."""

from datetime import date, timedelta

from deploy.local.demo.district import read_demo
from deploy.local.demo.listings import conditions, special_days
from deploy.local.demo.years import SOURCE, made_up
from services.venues.domain.calendar import calendar_faults
from services.venues.domain.offers import Offer
from services.venues.features.set_calendar import SetCalendar
from services.venues.schedule_fields import SetSchedule
from tests.venues.stage import NOW, Stage


def test_every_offering_of_the_demo_fits_its_kind() -> None:
    offerings = [offering for venue in read_demo().venues for offering in venue.offerings]
    assert {offering.kind for offering in offerings} == {"stay", "table", "session", "entry"}
    assert {offering.payment for offering in offerings} == {"free", "on_site", "online"}
    assert any(offering.terms.refunds.non_refundable for offering in offerings)
    for offering in offerings:
        offer = Offer(
            offering.kind,
            offering.payment,
            offering.price_list,
            offering.persons_per_unit,
            offering.duration_minutes,
            offering.terms,
        )
        assert offer.faults() == [], offering.slug
        schedule = SetSchedule.model_validate(
            {
                "weekdays": offering.weekdays,
                "times": offering.times,
                "opens_at": offering.opens_at,
                "closes_at": offering.closes_at,
                "from": "2026-12-01",
                "until": "2027-01-12",
                "capacity": offering.capacity,
                **special_days(offering, date(2026, 12, 1), weeks=6),
            }
        )
        assert schedule.weekdays or schedule.rules, offering.slug
        assert schedule.hours().faults(offering.kind, offering.duration_minutes) == []
        assert (offering.capacity is None) == bool(offering.terms.options), offering.slug


def test_slugs_of_the_demo_are_its_own() -> None:
    demo = read_demo()
    slugs = [offering.slug for venue in demo.venues for offering in venue.offerings]
    # The keys by which it creates them are made of the slugs.
    assert len(set(slugs)) == len(slugs)
    assert len({venue.slug for venue in demo.venues}) == len(demo.venues)


def test_a_table_of_the_demo_is_booked_early_enough_to_keep_it_for_the_whole_seating() -> None:
    [tables] = [
        offering
        for venue in read_demo().venues
        for offering in venue.offerings
        if offering.kind == "table"
    ]
    assert tables.closes_at == "17:00"
    assert max(step.minutes for step in tables.terms.seating) == 90
    assert tables.starts == ["10:00", "11:00", "12:00", "13:00", "14:00", "15:00"]


def test_a_year_that_the_demo_makes_up_is_one_and_says_so() -> None:
    body = SetCalendar.model_validate(made_up(2031), strict=False)
    assert calendar_faults(2031, body.days) == []
    assert body.source == SOURCE
    assert "演示" in SOURCE
    assert "非国务院通知" in SOURCE


def test_the_fortnightly_market_means_the_same_saturdays_whenever_it_is_loaded() -> None:
    [market] = [
        offering
        for venue in read_demo().venues
        for offering in venue.offerings
        if offering.every_second_saturday
    ]
    found = set()
    for day in range(1, 29):
        [rule] = special_days(market, date(2026, 12, day), weeks=6)["rules"]
        first = date.fromisoformat(rule["from"])
        assert first.isoweekday() == 6
        found.add((first - date(2026, 1, 3)).days % 14)
    assert found == {0}


def test_the_garden_is_closed_on_new_years_day() -> None:
    offerings = [offering for venue in read_demo().venues for offering in venue.offerings]
    [garden] = [offering for offering in offerings if offering.closed_on]
    [closed] = special_days(garden, date(2026, 12, 1), weeks=6)["exceptions"]
    assert (closed["day"], closed["closed"]) == ("2027-01-01", True)
    assert special_days(garden, date(2027, 2, 1), weeks=6)["exceptions"] == []


async def test_the_service_takes_every_offering_of_the_demo_with_its_schedule(stage: Stage) -> None:
    today, weeks = NOW.date(), 6
    for venue in read_demo().venues:
        listed = await stage.venue(slug=venue.slug)
        for offering in venue.offerings:
            fields = {
                "slug", "kind", "name", "description", "persons_per_unit", "duration_minutes"
            }  # fmt: skip
            body = offering.model_dump(mode="json", include=fields, exclude_none=True)
            created = await stage.offering(listed, {**body, **conditions(offering)})
            schedule = await stage.schedule(
                created,
                weekdays=offering.weekdays,
                times=offering.times,
                opens_at=offering.opens_at,
                closes_at=offering.closes_at,
                until=str(today + timedelta(weeks=weeks)),
                capacity=offering.capacity,
                **special_days(offering, today, weeks=weeks),
            )
            assert schedule["slots"] > 0, offering.slug
            if offering.every_second_saturday:
                slots = await stage.slots(created, "2026-09-11", "2026-10-31")
                assert [slot["day"] for slot in slots] == ["2026-09-12", "2026-09-26", "2026-10-10"]
