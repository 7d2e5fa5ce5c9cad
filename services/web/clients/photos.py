"""Photos of venues, as the pages show them."""

from typing import Final

from services.web.clients.seen import Seen, Words
from shared.core.errors import NotFound
from shared.http.client import ProblemAnswer, RawAnswer, ServiceClient

PICTURE_SECONDS: Final = 10.0
# Enough for a phone held upright.
A_COLUMN: Final = 640
NOT_THERE: Final = frozenset({404, 422})


class Sources(Seen):
    """In which widths a picture is there, by format; the smallest first."""

    avif: tuple[int, ...] = ()
    webp: tuple[int, ...] = ()
    jpeg: tuple[int, ...] = ()


class Photo(Seen):
    """A photo: its picture, what it shows in words, and its colour until it has come."""

    alt: Words
    credit: str | None = None
    digest: str
    width: int
    height: int
    colour: str
    sources: Sources

    def address(self, width: int, kind: str) -> str:
        """Return where a file of the picture is, among our pages."""
        return f"/photos/{self.digest}/{width}.{kind}"

    def choices(self, kind: str) -> str:
        """Return the files of a format as a browser chooses from them (`srcset`)."""
        widths: tuple[int, ...] = getattr(self.sources, kind)
        return ", ".join(f"{self.address(width, kind)} {width}w" for width in widths)

    @property
    def plain(self) -> str:
        """Where a browser finds the picture that knows nothing of choices."""
        widths = self.sources.jpeg
        return self.address(next((one for one in widths if one >= A_COLUMN), widths[-1]), "jpeg")


class PicturesClient:
    """What the pages ask of venues for a browser that wants a picture."""

    def __init__(self, client: ServiceClient) -> None:
        self._client = client

    async def picture(self, digest: str, name: str) -> RawAnswer:
        """Return a file of a picture. Raises NotFound and Unavailable."""
        try:
            return await self._client.exchange(
                "GET",
                f"/v1/photos/{digest}/{name}",
                headers={"Accept": "image/*"},
                seconds=PICTURE_SECONDS,
            )
        except ProblemAnswer as problem:
            if problem.status in NOT_THERE:
                raise NotFound from None
            raise
