"""Style sheets and pictures: kept in memory, addressed by their content, cached for a year."""

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from aiohttp import hdrs, web

from shared.core.errors import NotFound

FOLDER: Final = Path(__file__).parents[1] / "static"
# One request for all styles; later files build on earlier ones.
STYLES: Final = (
    "tokens",
    "base",
    "components",
    "home",
    "places",
    "photos",
    "choosing",
    "plan",
    "orders",
    "work",
    "security",
    "narrow",
)
STYLE_SHEET: Final = "site.css"
FOREVER: Final = "public, max-age=31536000, immutable"
TYPES: Final = {
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".js": "text/javascript",
    ".txt": "text/plain",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is sent."""

    content_type: str
    body: bytes
    compressed: bytes


class Assets:
    """All static files, by addresses that change with their content."""

    def __init__(self, files: dict[str, tuple[str, bytes]]) -> None:
        self._by_address: dict[str, Asset] = {}
        self._address_of: dict[str, str] = {}
        for name, (content_type, body) in files.items():
            digest = hashlib.sha256(body).hexdigest()[:12]
            address = f"/static/{digest}/{name}"
            self._address_of[name] = address
            self._by_address[address] = Asset(content_type, body, gzip.compress(body, mtime=0))

    @classmethod
    def load(cls, folder: Path = FOLDER) -> Self:
        """Read the folder; the style sheets become one."""
        styles = b"\n".join((folder / f"{name}.css").read_bytes() for name in STYLES)
        files = {STYLE_SHEET: ("text/css", styles)}
        for path in sorted(folder.rglob("*")):
            if path.suffix in TYPES and path.suffix != ".css":
                name = path.relative_to(folder).as_posix()
                files[name] = (TYPES[path.suffix], path.read_bytes())
        return cls(files)

    def address(self, name: str) -> str:
        """Return the address of a file. Raises KeyError for one that does not exist."""
        return self._address_of[name]

    def answer(self, request: web.Request) -> web.Response:
        """Send the file that a request asks for. Raises NotFound."""
        asset = self._by_address.get(request.path)
        if asset is None:
            raise NotFound
        headers = {hdrs.CACHE_CONTROL: FOREVER, hdrs.VARY: hdrs.ACCEPT_ENCODING}
        body = asset.body
        if "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, ""):
            headers[hdrs.CONTENT_ENCODING] = "gzip"
            body = asset.compressed
        return web.Response(
            body=body, content_type=asset.content_type, charset="utf-8", headers=headers
        )
