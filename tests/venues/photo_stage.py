"""What tests do with photos: announce, send, have them made, read."""

from typing import Any

from services.venues.jobs.make_pictures import make_pictures
from tests.venues.pictures import picture
from tests.venues.stage import Answer, Json, Stage, both

ALT = both("溪边的陶窑", "A kiln by the stream")


def application(stage: Stage) -> Any:
    return stage.client.app


def signed_in_again(stage: Stage) -> Stage:
    """Give the people of the stage fresh tokens, after time has passed."""
    stage.__post_init__()
    return stage


async def announced(stage: Stage, venue: Json, **other: object) -> Json:
    path = f"/v1/venues/{venue['venue_id']}/photos"
    photo: Json = await stage.good("POST", path, stage.operator, {"alt": ALT, **other})
    return photo


async def sent(
    stage: Stage,
    photo: Json,
    content: bytes | None = None,
    kind: str = "image/jpeg",
    token: str | None = None,
) -> Answer:
    """Send the content of a photo as its operator does."""
    headers = {
        "Content-Type": kind,
        "Authorization": f"Bearer {token or stage.operator}",
    }
    path = f"/v1/photos/{photo['photo_id']}/content"
    data = picture() if content is None else content
    async with stage.client.put(path, data=data, headers=headers) as response:
        return Answer(response.status, await response.json(), response.headers)


async def shown(stage: Stage, venue: Json, content: bytes | None = None) -> Json:
    """Return a photo that visitors see."""
    photo = await announced(stage, venue)
    answer = await sent(stage, photo, content)
    assert answer.status == 200, answer.body
    await make_pictures(application(stage))
    return next(
        one for one in await photos_of(stage, venue) if one["photo_id"] == photo["photo_id"]
    )


async def photos_of(stage: Stage, venue: Json) -> list[Json]:
    """Return the photos of a venue as its people see them."""
    page = await stage.good("GET", f"/v1/venues/{venue['venue_id']}/photos", stage.operator)
    items: list[Json] = page["items"]
    return items


async def file_of(stage: Stage, photo: Json, width: int, kind: str, **headers: str) -> Any:
    """Ask for a file of a picture as anybody; return the answer with its bytes read."""
    response = await stage.client.get(
        f"/v1/photos/{photo['digest']}/{width}.{kind}",
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )
    await response.read()
    return response
