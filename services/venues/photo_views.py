"""What the service shows of photos, and how it reads that.

A picture's files are at `/v1/photos/{digest}/{width}.{format}`, for each width of each format
that `sources` names.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final, Literal
from uuid import UUID

from pydantic import Field

from shared.core.errors import NotFound
from shared.core.localized import LocalizedText
from shared.db import Connection, fetch_all, fetch_first
from shared.http.models import Page, Reply

# awaiting: its content has not come yet; refused: the content turned out to be unreadable.
PhotoState = Literal["awaiting", "processing", "ready", "refused"]


class Sources(Reply):
    """The widths in which a picture is there, in pixels, by format; the smallest first."""

    avif: tuple[int, ...] = ()
    webp: tuple[int, ...] = ()
    jpeg: tuple[int, ...] = ()


class ShownPhoto(Reply):
    """A photo as visitors see it; `width` and `height` are the whole picture's."""

    photo_id: UUID
    offering_id: UUID | None
    alt: LocalizedText
    credit: str | None
    digest: str
    width: int
    height: int
    colour: str = Field(description="The average of its colours, `#rrggbb`: until it has come.")
    sources: Sources


class PhotoView(Reply):
    """A photo as its venue's people see it; `version` counts edits of the venue."""

    photo_id: UUID
    venue_id: UUID
    offering_id: UUID | None
    position: int
    alt: LocalizedText
    credit: str | None
    state: PhotoState
    digest: str | None
    width: int | None
    height: int | None
    colour: str | None
    sources: Sources
    version: int


class _PlacedPhoto(ShownPhoto):
    venue_id: UUID


# $2 of each venue only the first one: what a list shows. Not those of what waits for the office.
SHOWN: Final = """
select
    p.photo_id,
    p.offering_id,
    p.alt,
    p.credit,
    p.digest,
    c.width,
    c.height,
    c.colour,
    f.sources,
    p.venue_id
from (
    select
        photos.*,
        row_number() over (partition by photos.venue_id order by position) as place
    from photos
    join pictures using (digest)
    left join offerings using (offering_id)
    where
        photos.venue_id = any($1::uuid[])
        and pictures.state = 'ready'
        and offerings.held_back is not true
) p
join pictures c using (digest)
cross join lateral (
    select jsonb_object_agg(format, widths) as sources
    from (
        select format, jsonb_agg(width order by width) as widths
        from picture_files
        where digest = p.digest
        group by format
    ) by_format
) f
where p.place = 1 or not $2::boolean
order by p.venue_id, p.position
"""

# $1 a photo, or $2 all of a venue.
MANAGED: Final = """
select
    p.photo_id,
    p.venue_id,
    p.offering_id,
    p.position,
    p.alt,
    p.credit,
    coalesce(c.state, 'awaiting') as state,
    p.digest,
    c.width,
    c.height,
    c.colour,
    f.sources,
    v.edit_version as version
from photos p
join venues v using (venue_id)
left join pictures c using (digest)
cross join lateral (
    select coalesce(jsonb_object_agg(format, widths), '{}') as sources
    from (
        select format, jsonb_agg(width order by width) as widths
        from picture_files
        where digest = p.digest
        group by format
    ) by_format
) f
where p.photo_id = $1 or p.venue_id = $2
order by p.position
"""


async def shown_photos(
    conn: Connection, venue_ids: Sequence[UUID], *, covers: bool
) -> dict[UUID, list[ShownPhoto]]:
    """Return the ready photos of venues in their order; with `covers` only the first of each."""
    photos: dict[UUID, list[ShownPhoto]] = defaultdict(list)
    for placed in await fetch_all(conn, _PlacedPhoto, SHOWN, venue_ids, covers):
        shown = placed.model_dump(exclude={"venue_id"})
        photos[placed.venue_id].append(ShownPhoto.model_validate(shown))
    return photos


async def photo_view(conn: Connection, photo_id: UUID) -> PhotoView:
    """Return a photo as its venue's people see it. Raises NotFound."""
    view = await fetch_first(conn, PhotoView, MANAGED, photo_id, None)
    if view is None:
        raise NotFound
    return view


async def photo_page(conn: Connection, venue_id: UUID) -> Page[PhotoView]:
    """Return all photos of a venue in their order: there are never many."""
    return Page[PhotoView](items=await fetch_all(conn, PhotoView, MANAGED, None, venue_id))
