"""A way to the database that breaks when a test wants it to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

Fault = Literal["none", "lose_reply", "lose_request"]
_CHUNK = 65536
# Long enough for the server to commit what it was sent.
_COMMIT_SECONDS = 0.2


@dataclass
class CommitProxy:
    """Forwards a connection to PostgreSQL; its `fault` says what befalls the next COMMIT."""

    url: str
    host: str
    port: int
    fault: Fault = "none"
    _tasks: set["asyncio.Task[None]"] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection(self.host, self.port)
        replies = asyncio.create_task(_forward(server_reader, writer))
        self._tasks.add(replies)
        try:
            while data := await reader.read(_CHUNK):
                if b"COMMIT" in data and self.fault != "none":
                    replies.cancel()
                    if self.fault == "lose_reply":
                        server_writer.write(data)
                        await server_writer.drain()
                        await asyncio.sleep(_COMMIT_SECONDS)
                    break
                server_writer.write(data)
                await server_writer.drain()
        finally:
            replies.cancel()
            server_writer.close()
            writer.close()


async def _forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError, asyncio.CancelledError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
        writer.close()


@asynccontextmanager
async def commit_proxy(url: str) -> AsyncIterator[CommitProxy]:
    """Put a proxy before the database at `url` for the block; its own `url` leads through it."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    proxy = CommitProxy("", parts.hostname, parts.port)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    account = parts.netloc.rpartition("@")[0]
    port = server.sockets[0].getsockname()[1]
    proxy.url = urlunsplit(parts._replace(netloc=f"{account}@127.0.0.1:{port}"))
    try:
        yield proxy
    finally:
        server.close()
