"""A real S3-compatible store (S3Proxy) over a folder, started for tests."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from signal import Signals
from string import Template

from pydantic import SecretStr

from deploy.local.child import Child
from deploy.local.errors import LocalError
from deploy.local.java_programs import ROOT, JavaProgram
from deploy.local.ports import LOCALHOST, free_port
from services.venues.settings import VenuesSettings

START_SECONDS = 60.0
ACCESS_KEY, SECRET_KEY, BUCKET = "tests", "tests-s3-secret", "pictures"
RECIPE = ROOT / "deploy" / "s3"
S3PROXY = JavaProgram(
    "S3Proxy",
    RECIPE,
    ROOT / ".tools" / "s3",
    wanted_by="make test-s3",
    otherwise="leave those tests to others",
)


@asynccontextmanager
async def running_s3_proxy(folder: Path) -> AsyncIterator[VenuesSettings]:
    """Start a store with one empty bucket; yield settings by which the service uses it."""
    port = free_port()
    (folder / "store" / BUCKET).mkdir(parents=True)
    properties = folder / "s3proxy.properties"
    properties.write_text(
        Template((RECIPE / "s3proxy.properties").read_text()).substitute(
            port=port, folder=folder / "store", access_key=ACCESS_KEY, secret_key=SECRET_KEY
        )
    )
    logging = f"-Dlogback.configurationFile={(RECIPE / 'logback.xml').as_uri()}"
    java = await S3PROXY.command("-Xmx128m", "-XX:+UseSerialGC", logging)
    command = [*java, "org.gaul.s3proxy.Main", "--properties", str(properties)]
    child = await Child.start(command, folder=folder)
    try:
        await _wait_for(child, port)
        yield VenuesSettings(
            storage="s3",
            s3_endpoint=f"http://{LOCALHOST}:{port}",
            s3_bucket=BUCKET,
            s3_access_key=ACCESS_KEY,
            s3_secret_key=SecretStr(SECRET_KEY),
        )
    finally:
        await child.stop(Signals.SIGTERM, patience=10.0)


async def _wait_for(child: Child, port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not await asyncio.to_thread(_listens, port):
        if not child.running or time.monotonic() > deadline:
            raise LocalError(f"S3Proxy did not start:\n{child.tail()}")
        await asyncio.sleep(0.1)


def _listens(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        return probe.connect_ex((LOCALHOST, port)) == 0
