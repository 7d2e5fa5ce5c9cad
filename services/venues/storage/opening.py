"""The store that the settings name, opened while the service runs: `request.app[STORE]`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from services.venues.settings import VenuesSettings
from services.venues.storage.blobs import BlobStore
from services.venues.storage.disk import DiskStore
from services.venues.storage.s3 import s3_store
from shared.http.resources import Context

STORE: Final[web.AppKey[BlobStore]] = web.AppKey("store")


@asynccontextmanager
async def open_store(settings: VenuesSettings) -> AsyncIterator[BlobStore]:
    """Open the store that the settings name."""
    if settings.storage == "disk":
        yield DiskStore(settings.storage_folder)
        return
    async with s3_store(
        endpoint=settings.s3_endpoint,
        region=settings.s3_region,
        bucket=settings.s3_bucket,
        access_key=settings.s3_access_key,
        secret_key=settings.s3_secret_key.get_secret_value(),
    ) as store:
        yield store


def storage_context(settings: VenuesSettings) -> Context:
    """Return the cleanup context that opens `app[STORE]`.

    Readiness does not depend on it: without pictures people can still book.
    """

    async def context(app: web.Application) -> AsyncIterator[None]:
        async with open_store(settings) as store:
            app[STORE] = store
            yield

    return context
