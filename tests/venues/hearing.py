"""Bookings beside venues: it hears what was told, without a broker in between."""

from typing import Final

from aiohttp import web
from aiohttp.test_utils import TestClient

from services.bookings.app import REACTIONS
from shared.contracts import venues as events
from shared.contracts.event import Envelope, source_of
from shared.core.ids import new_id
from shared.db import transaction
from shared.http.keys import DATABASE
from tests.venues.stage import Stage

BY_TYPE: Final = {
    event.event_type: event
    for event in (
        events.VillagePublished,
        events.VenuePublished,
        events.VenueWithdrawn,
        events.OfferingPublished,
        events.OfferingWithdrawn,
        events.SlotPublished,
        events.SlotWithdrawn,
        events.CalendarPublished,
    )
}


async def deliver(stage: Stage, bookings: "TestClient[web.Request, web.Application]") -> None:
    """Let bookings hear what venues has told, and forget it."""
    for told in await stage.told():
        kind = BY_TYPE.get(told.type)
        if kind is None:
            continue
        envelope = Envelope(
            id=new_id(),
            source=source_of(told.topic),
            type=told.type,
            subject=told.subject,
            time=stage.clock.now(),
            version=told.version,
            data=told.data,
        )
        async with transaction(bookings.app[DATABASE]) as conn:
            event = kind.model_validate(told.data, strict=False)
            await REACTIONS[kind](conn, event, envelope)
    await stage.forget_events()
