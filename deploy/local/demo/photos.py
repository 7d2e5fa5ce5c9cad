"""Giving the demo's venues their photos: drawn here, announced and sent like anybody's."""

import asyncio

from deploy.local.demo.api import Api, Json, Person
from deploy.local.demo.district import Demo, Photo, Venue
from deploy.local.demo.listings import Desk, own_member
from deploy.local.demo.scenes import SCENES


async def show_photos(desk: Desk, demo: Demo) -> None:
    """Show what venues have no photo of yet; what an earlier run began is finished.

    It does not wait until all sizes are made: pages show a drawing until then.
    """
    answer = await desk.api.call(
        "venues", "GET", "/v1/venues", by=desk.office, params={"state": "any", "limit": 100}
    )
    ids = {venue["slug"]: venue["venue_id"] for venue in answer["items"]}
    for organisation in demo.organisations:
        operator = await desk.sessions.of(own_member(organisation))
        for venue in demo.venues:
            if venue.organisation == organisation.key:
                await _show(desk.api, venue, ids[venue.slug], operator)


async def _show(api: Api, venue: Venue, venue_id: str, operator: Person) -> None:
    path = f"/v1/venues/{venue_id}/photos"
    known = (await api.call("venues", "GET", path, by=operator))["items"]
    by_alt = {photo["alt"]["zh"]: photo for photo in known}
    for photo in venue.photos:
        announced = by_alt.get(photo.alt.zh) or await _announce(api, path, photo, operator)
        if announced["state"] == "awaiting":
            drawn = await asyncio.to_thread(_draw, photo)
            place = f"/v1/photos/{announced['photo_id']}/content"
            await api.send("venues", place, drawn, "image/jpeg", by=operator)


async def _announce(api: Api, path: str, photo: Photo, operator: Person) -> Json:
    body = {"alt": photo.alt.model_dump()}
    key = f"demo-photo-{photo.scene}"
    announced: Json = await api.call("venues", "POST", path, body, by=operator, key=key)
    return announced


def _draw(photo: Photo) -> bytes:
    return SCENES[photo.scene]().jpeg()
