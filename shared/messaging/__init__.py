"""Events from one service's database into another's: outbox, relay, consumer, dead letters.

Kafka carries, PostgreSQL remembers. An event is written in the transaction that makes it true,
sent afterwards as often as it takes, and takes effect in each consumer exactly once.
"""

from shared.messaging.reactions import Reaction, Reactions

__all__ = ["Reaction", "Reactions"]
