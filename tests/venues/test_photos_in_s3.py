"""Photos from their upload to a visitor's browser, with the files in an S3-compatible store."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from deploy.local.ports import free_port
from services.venues.jobs.sweep_pictures import sweep_pictures
from services.venues.settings import VenuesSettings
from services.venues.storage.opening import STORE, open_store
from tests.support.s3_proxy import running_s3_proxy
from tests.venues.photo_stage import announced, application, file_of, sent, shown
from tests.venues.pictures import opened
from tests.venues.stage import Stage

pytestmark = pytest.mark.s3


@pytest.fixture
async def stage_in_s3(stage: Stage, tmp_path: Path) -> AsyncIterator[Stage]:
    async with running_s3_proxy(tmp_path / "s3") as settings, open_store(settings) as store:
        app = application(stage)
        app._state[STORE] = store  # noqa: SLF001 - in place of the disk that it started with
        yield stage


async def test_a_photo_goes_through_the_store_and_leaves_nothing_there_in_the_end(
    stage_in_s3: Stage,
) -> None:
    stage = stage_in_s3
    venue, _ = await stage.published_venue()
    photo = await shown(stage, venue)
    response = await file_of(stage, photo, 640, "webp")
    assert opened(await response.read()).size == (640, 480)
    await stage.call("DELETE", f"/v1/photos/{photo['photo_id']}", stage.operator)
    stage.clock.instant += timedelta(days=2)
    await sweep_pictures(application(stage))
    assert (await file_of(stage, photo, 640, "webp")).status == 404


async def test_without_the_store_nothing_is_lost_and_nothing_is_promised(stage: Stage) -> None:
    settings = VenuesSettings(storage="s3", s3_endpoint=f"http://127.0.0.1:{free_port()}")
    async with open_store(settings) as store:
        venue, _ = await stage.ready_venue()
        photo = await announced(stage, venue)
        app = application(stage)
        app._state[STORE] = store  # noqa: SLF001 - as above
        answer = await sent(stage, photo)
    assert (answer.status, answer.code) == (503, "temporarily_unavailable")
