"""Files in a bucket of any store that speaks Amazon's S3 protocol."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final

import aiohttp
from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from botocore.exceptions import BotoCoreError, ClientError

from services.venues.storage.blobs import CHUNK, Blob, BlobKey, BlobMissingError
from shared.core.errors import Unavailable

CONNECT_SECONDS: Final = 3
READ_SECONDS: Final = 10
_MISSING: Final = frozenset({"404", "NoSuchKey", "NotFound"})


class S3Store:
    """Keeps each file as an object `<area>/<first two digits>/<digest>` of one bucket.

    The bucket is there already, and nobody outside may read it: who may read a file is for the
    service to say.
    """

    def __init__(self, client: Any, bucket: str) -> None:  # noqa: ANN401 - made at run time
        self._client = client
        self._bucket = bucket

    async def put(self, key: BlobKey, content: bytes) -> None:
        """Keep a content under its key; the store takes objects as a whole or not at all."""
        with _troubles(key):
            await self._client.put_object(
                Bucket=self._bucket,
                Key=key.path,
                Body=content,
                ContentType="application/octet-stream",
            )

    @asynccontextmanager
    async def open(self, key: BlobKey) -> AsyncIterator[Blob]:
        """Open an object for reading."""
        with _troubles(key):
            found = await self._client.get_object(Bucket=self._bucket, Key=key.path)
        async with found["Body"] as body:
            yield Blob(found["ContentLength"], _chunks(body, key))

    async def delete(self, key: BlobKey) -> None:
        """Drop an object."""
        try:
            with _troubles(key):
                await self._client.delete_object(Bucket=self._bucket, Key=key.path)
        except BlobMissingError:
            return

    async def exists(self, key: BlobKey) -> bool:
        """Tell whether the bucket has an object of this key."""
        try:
            with _troubles(key):
                await self._client.head_object(Bucket=self._bucket, Key=key.path)
        except BlobMissingError:
            return False
        return True


@asynccontextmanager
async def s3_store(
    *, endpoint: str, region: str, bucket: str, access_key: str, secret_key: str
) -> AsyncIterator[S3Store]:
    """Open a store; it makes no connection before it is used."""
    config = AioConfig(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": 3},
        # Not every store knows buckets as names of hosts, or the newer checksums in trailers.
        s3={"addressing_style": "path"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    async with get_session().create_client(
        "s3",
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        config=config,
    ) as client:
        yield S3Store(client, bucket)


@contextmanager
def _troubles(key: BlobKey) -> Iterator[None]:
    """Tell a missing object from a store that does not answer, or not as it should."""
    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _MISSING:
            raise BlobMissingError(key.path) from None
        raise Unavailable from error
    except (BotoCoreError, aiohttp.ClientError, OSError, TimeoutError) as error:
        raise Unavailable from error


async def _chunks(body: Any, key: BlobKey) -> AsyncIterator[bytes]:  # noqa: ANN401 - as above
    with _troubles(key):
        async for chunk in body.iter_chunks(CHUNK):
            yield chunk
