import os
import signal
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local.broker import ApacheKafka, EmbeddedBroker
from deploy.local.errors import LocalError
from deploy.local.ports import free_port, is_free


async def send(broker: EmbeddedBroker | ApacheKafka, *, enable_idempotence: bool) -> int:
    producer = AIOKafkaProducer(
        bootstrap_servers=broker.bootstrap_servers, enable_idempotence=enable_idempotence
    )
    await producer.start()
    try:
        sent = await producer.send_and_wait("tries", b"hello")
    finally:
        await producer.stop()
    return int(sent.offset)


async def create_topic(broker: EmbeddedBroker | ApacheKafka) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap_servers)
    await admin.start()
    try:
        await admin.create_topics([NewTopic("tries", 1, 1)])
    finally:
        await admin.close()


async def test_the_embedded_broker_answers_when_it_has_started_and_forgets_when_it_ends(
    tmp_path: Path,
) -> None:
    broker = EmbeddedBroker(tmp_path, free_port())
    for _ in range(2):
        await broker.start()
        try:
            await create_topic(broker)
            assert await send(broker, enable_idempotence=False) == 0
        finally:
            await broker.stop()
        assert is_free(broker.port)


async def test_a_taken_port_is_one_sentence(tmp_path: Path) -> None:
    broker = EmbeddedBroker(tmp_path, free_port())
    await broker.start()
    try:
        with pytest.raises(LocalError, match=rf"^Port {broker.port} .* is in use"):
            await EmbeddedBroker(tmp_path, broker.port).start()
    finally:
        await broker.stop()


@pytest.mark.apache
async def test_apache_kafka_keeps_its_log_through_a_kill(tmp_path: Path) -> None:
    broker = ApacheKafka(tmp_path / "a folder with spaces", free_port(), free_port())
    await broker.start()
    try:
        await create_topic(broker)
        assert await send(broker, enable_idempotence=True) == 0
        assert broker.child is not None
        os.kill(broker.child.process.pid, signal.SIGKILL)
        await broker.child.ended()
        await broker.start()
        assert await send(broker, enable_idempotence=True) == 1
    finally:
        await broker.stop()


@pytest.mark.parametrize(
    ("missing", "words"),
    [("JAVA_HOME", "BROKER=apache needs Java 17 or newer: install a JRE")],
)
async def test_without_java_apache_kafka_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str, words: str
) -> None:
    monkeypatch.setenv(missing, str(tmp_path))
    with pytest.raises(LocalError, match=words):
        await ApacheKafka(tmp_path, free_port(), free_port()).start()
