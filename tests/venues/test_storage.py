"""Where pictures and documents lie: each promise holds on a disk and in a real S3-compatible store.

The disk's part runs with the quick tests, the other one with `make test-s3`.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from blockbuster import blockbuster_ctx
from pydantic import SecretStr, ValidationError

from services.venues.pictures.pool import PicturePool
from services.venues.settings import VenuesSettings
from services.venues.storage.blobs import CHUNK, BlobKey, BlobMissingError, BlobStore, read_whole
from services.venues.storage.opening import open_store
from shared.core.errors import Unavailable
from tests.support.s3_proxy import running_s3_proxy
from tests.venues.pictures import picture

CONTENT = b"\x00\xffpicture"
KEY = BlobKey.of("photos", CONTENT)
EITHER = pytest.mark.parametrize(
    "settings", ["on_disk", pytest.param("in_s3", marks=pytest.mark.s3)], indirect=True
)


@pytest.fixture(scope="module")
async def s3_settings(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[VenuesSettings]:
    async with running_s3_proxy(tmp_path_factory.mktemp("s3")) as settings:
        yield settings


@pytest.fixture
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> VenuesSettings:
    if request.param == "on_disk":
        return VenuesSettings(storage_folder=tmp_path / "storage")
    settings: VenuesSettings = request.getfixturevalue("s3_settings")
    return settings


@pytest.fixture
async def store(settings: VenuesSettings) -> AsyncIterator[BlobStore]:
    async with open_store(settings) as opened:
        await opened.delete(KEY)
        yield opened


@EITHER
async def test_what_is_put_is_there_and_reads_the_same(store: BlobStore) -> None:
    assert not await store.exists(KEY)
    await store.put(KEY, CONTENT)
    assert await store.exists(KEY)
    assert await read_whole(store, KEY) == CONTENT


@EITHER
async def test_a_large_file_comes_in_pieces_and_says_its_size_first(store: BlobStore) -> None:
    content = bytes(range(256)) * (3 * CHUNK // 256) + b"end"
    key = BlobKey.of("photos", content)
    await store.put(key, content)
    async with store.open(key) as blob:
        assert blob.size == len(content)
        chunks = [chunk async for chunk in blob.chunks]
    assert b"".join(chunks) == content
    assert len(chunks) > 1
    assert max(map(len, chunks)) <= CHUNK


@EITHER
async def test_the_same_content_may_be_put_by_many_at_once(store: BlobStore) -> None:
    await asyncio.gather(*(store.put(KEY, CONTENT) for _ in range(8)))
    assert await read_whole(store, KEY) == CONTENT


@EITHER
async def test_what_is_deleted_is_gone_and_deleting_it_again_is_no_error(store: BlobStore) -> None:
    await store.put(KEY, CONTENT)
    await store.delete(KEY)
    await store.delete(KEY)
    assert not await store.exists(KEY)
    with pytest.raises(BlobMissingError):
        await read_whole(store, KEY)


@EITHER
async def test_areas_are_apart(store: BlobStore) -> None:
    document = BlobKey("licences", KEY.digest)
    await store.put(KEY, CONTENT)
    assert not await store.exists(document)
    await store.put(document, CONTENT)
    await store.delete(KEY)
    assert await read_whole(store, document) == CONTENT


@pytest.mark.s3
async def test_a_wrong_key_and_a_store_that_is_away_are_unavailable(
    s3_settings: VenuesSettings, find_port: Callable[[], int]
) -> None:
    wrong = {"s3_secret_key": SecretStr("wrong")}
    away = {"s3_endpoint": f"http://127.0.0.1:{find_port()}"}
    for changes in (wrong, away):
        async with open_store(s3_settings.model_copy(update=changes)) as store:
            with pytest.raises(Unavailable):
                await store.put(KEY, CONTENT)
            with pytest.raises(Unavailable):
                await store.exists(KEY)


@pytest.mark.parametrize(
    "digest",
    ["", "../../etc/passwd", "a" * 63, "a" * 65, "A" * 64, "g" * 64, "a" * 64 + "\n", "/" * 64],
    ids=["empty", "path", "short", "long", "capitals", "no_hex", "line_end", "slashes"],
)
def test_nothing_but_a_digest_is_a_key(digest: str) -> None:
    with pytest.raises(ValueError, match="no key"):
        BlobKey("photos", digest)


async def test_nothing_of_it_blocks_the_event_loop(tmp_path: Path) -> None:
    async with open_store(VenuesSettings(storage_folder=tmp_path)) as store:
        with blockbuster_ctx("services.venues"):
            await store.put(KEY, CONTENT)
            assert await store.exists(KEY)
            assert await read_whole(store, KEY) == CONTENT
            await store.delete(KEY)
            await PicturePool(1).look(picture())


async def test_a_write_that_is_cut_off_leaves_nothing_where_readers_look(tmp_path: Path) -> None:
    async with open_store(VenuesSettings(storage_folder=tmp_path)) as store:
        place = tmp_path / KEY.path
        place.parent.mkdir(parents=True)
        place.with_name(f".{place.name}.dead").write_bytes(CONTENT[:3])
        assert not await store.exists(KEY)
        await store.put(KEY, CONTENT)
        assert place.stat().st_mode & 0o077 == 0


async def test_a_folder_that_can_not_be_written_is_unavailable(tmp_path: Path) -> None:
    taken = tmp_path / "a file"
    taken.write_text("in the way")
    async with open_store(VenuesSettings(storage_folder=taken)) as store:
        with pytest.raises(Unavailable):
            await store.put(KEY, CONTENT)


def test_production_needs_a_secret_of_its_own_only_for_a_store_that_is_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ENVIRONMENT", "production")
    monkeypatch.setenv("SERVICE_SECRET", "s" * 32)
    monkeypatch.setenv("TRUSTED_PROXIES", "192.0.2.0/24")
    VenuesSettings()
    with pytest.raises(ValidationError, match="VENUES_S3_SECRET_KEY"):
        VenuesSettings(storage="s3")
