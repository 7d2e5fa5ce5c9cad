"""Creates the topics of `topics.py` on a broker."""

from typing import Final

import structlog
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, NoError, TopicAlreadyExistsError, for_code

from shared.contracts.topics import TOPICS, Topic
from shared.messaging.broker import Broker

# A client's question about a topic makes the embedded broker create it with four partitions; so
# a topic that was just deleted can be back before it is created.
_ROUNDS: Final = 5

_log: Final = structlog.get_logger()


async def create_topics(admin: AIOKafkaAdminClient, broker: Broker, *, fresh: bool) -> None:
    """Create the topics that are missing. Raises KafkaError when the broker refuses one.

    On a `fresh` broker, that is, one without an epoch, topics with another number of partitions
    were created by accident: they are replaced. What was sent to them is sent again, because
    the epoch follows. On any other broker the number is the operator's business, and only noted.
    """
    for _ in range(_ROUNDS):
        found = await _partitions(admin)
        wrong = [name for name in found if _is_wrong(name, found[name])]
        if wrong and fresh:
            _log.warning("broker.topics_replaced", topics=wrong)
            await admin.delete_topics(wrong)
            found = await _partitions(admin)
        missing = [topic for topic in TOPICS.values() if topic.name not in found]
        if not missing:
            break
        await _create(admin, missing, broker.replication_factor)
    found = await _partitions(admin)
    for name in found:
        if _is_wrong(name, found[name]):
            _log.warning("broker.topic_partitions", topic=name, partitions=found[name])


def _is_wrong(name: str, partitions: int) -> bool:
    return name in TOPICS and partitions != TOPICS[name].partitions


async def _partitions(admin: AIOKafkaAdminClient) -> dict[str, int]:
    return {
        topic["topic"]: len(topic["partitions"])
        for topic in await admin.describe_topics()
        if for_code(topic["error_code"]) is NoError
    }


async def _create(admin: AIOKafkaAdminClient, topics: list[Topic], replication: int) -> None:
    answer = await admin.create_topics(
        [
            NewTopic(topic.name, topic.partitions, replication, topic_configs=topic.configs)
            for topic in topics
        ]
    )
    for name, code, *_ in answer.topic_errors:
        error = for_code(code)
        if error not in (NoError, TopicAlreadyExistsError):
            raise KafkaError(f"topic {name}: {error.__name__}")
    _log.info("broker.topics_created", topics=[topic.name for topic in topics])
