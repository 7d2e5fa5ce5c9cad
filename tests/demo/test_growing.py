"""A later release of the demo offers more at venues that are on sale: the office approves it."""

from deploy.local.demo.district import Demo, read_demo
from deploy.local.demo.listings import Desk, own_member, publish
from deploy.local.demo.sessions import OFFICE
from shared.core.clock import SystemClock, today
from tests.demo.test_own_people import Running, running

__all__ = ("running",)


def earlier_and_present() -> tuple[Demo, Demo]:
    """Return the demo with one venue of several offerings, first with one of them alone."""
    whole = read_demo()
    venue = next(one for one in whole.venues if len(one.offerings) > 1 and one.state == "published")
    organisations = [one for one in whole.organisations if one.key == venue.organisation]
    villages = [one for one in whole.villages if one.slug == venue.village]

    def offering(number: int) -> Demo:
        shown = venue.model_copy(update={"offerings": venue.offerings[:number]})
        kept = {"venues": [shown], "organisations": organisations, "villages": villages}
        return whole.model_copy(update=kept)

    return offering(1), offering(len(venue.offerings))


async def test_what_a_later_release_offers_is_on_sale_too(running: Running) -> None:
    office = await running.sessions.of(OFFICE)
    desk = Desk(running.api, running.sessions, office, today(SystemClock()))
    earlier, present = earlier_and_present()
    for demo in (earlier, present, present):
        listed = await publish(desk, demo, lambda: None)
        operator = await running.sessions.of(own_member(demo.organisations[0]))
        for one in listed:
            path = f"/v1/offerings/{one.offering_id}"
            shown = await running.api.call("venues", "GET", path, by=operator)
            assert shown["on_sale"], one.offering.slug
        assert len(listed) == len(demo.venues[0].offerings)
