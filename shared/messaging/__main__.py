"""Commands for operators: `python -m shared.messaging dead-letters list|replay`."""

import argparse
import asyncio
import os
import sys
from typing import Final
from uuid import UUID

from shared.contracts.topics import SERVICES
from shared.core.errors import Unavailable
from shared.core.settings import ServiceSettings
from shared.db import Database
from shared.messaging import dead_letters
from shared.messaging.broker import BROKER_ERRORS, Broker

_EXAMPLES: Final = """\
examples:
  python -m shared.messaging dead-letters list --service statistics
  python -m shared.messaging dead-letters replay --service statistics --id 0198...
  python -m shared.messaging dead-letters replay --service statistics

A dead letter is a message that a service could not take in: it was malformed, of an unknown
version, or the service's reaction to it failed five times. Replay it after the fix. It is sent to
its topic again as it came; services that took it in before drop it.

The database is named by <SERVICE>_DATABASE_URL, the broker by KAFKA_BOOTSTRAP_SERVERS; both
default to the stack of `make run`.
"""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m shared.messaging",
        description="Look after the messages between the services.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    topics = parser.add_subparsers(dest="topic", required=True, metavar="COMMAND")
    letters = topics.add_parser("dead-letters", help="messages that a service could not take in")
    commands = letters.add_subparsers(dest="command", required=True, metavar="list|replay")
    listing = commands.add_parser("list", help="show what waits, oldest first")
    listing.add_argument("--all", action="store_true", help="show what was replayed, too")
    replaying = commands.add_parser("replay", help="send it to its topic again")
    replaying.add_argument("--id", type=UUID, help="only this one (default: all that wait)")
    for command in (listing, replaying):
        command.add_argument(
            "--service", required=True, choices=SERVICES, help="whose dead letters"
        )
    return parser


def _database_url(service: str) -> str:
    port = 15432 + int(os.environ.get("PORT_OFFSET", "0"))
    default = f"postgresql://{service}:local@127.0.0.1:{port}/xiangyou"
    return os.environ.get(f"{service.upper()}_DATABASE_URL", default)


async def _list(database: Database, *, replayed_too: bool) -> int:
    letters = await dead_letters.waiting(database, replayed_too=replayed_too)
    if not letters:
        print("No dead letters wait.")
        return 0
    for letter in letters:
        state = f"replayed {letter.replayed_at:%Y-%m-%d %H:%M}" if letter.replayed_at else "waits"
        print(f"{letter.id}  {letter.failed_at:%Y-%m-%d %H:%M:%S}  {state}")
        print(f"    event   {letter.event_type or 'unreadable'}  {letter.event_id or ''}".rstrip())
        print(f"    from    {letter.topic}, partition {letter.partition}, at {letter.log_offset}")
        print(f"    reason  {letter.reason} ({letter.tries}x)")
    return 0


async def _replay(database: Database, broker: Broker, letter_id: UUID | None) -> int:
    waiting = [letter.id for letter in await dead_letters.waiting(database)]
    chosen = [letter_id] if letter_id else waiting
    if letter_id and letter_id not in waiting:
        print(f"No dead letter {letter_id} waits.", file=sys.stderr)
        return 1
    if not chosen:
        print("No dead letters wait.")
        return 0
    async with broker.producer() as producer:
        for chosen_id in chosen:
            if await dead_letters.replay(database, producer, chosen_id):
                print(f"replayed {chosen_id}")
    return 0


async def _run(arguments: argparse.Namespace) -> int:
    settings = ServiceSettings()
    database = await Database.connect(
        _database_url(arguments.service), service=arguments.service, command_timeout=30.0
    )
    try:
        if arguments.command == "list":
            return await _list(database, replayed_too=arguments.all)
        return await _replay(database, Broker.of(settings), arguments.id)
    finally:
        await database.close()


def main() -> int:
    """Run the command; the exit status is 0 when it did what it was asked."""
    arguments = _parser().parse_args()
    try:
        return asyncio.run(_run(arguments))
    except Unavailable:
        print("The database does not answer.", file=sys.stderr)
    except BROKER_ERRORS as error:
        print(f"The broker does not answer: {type(error).__name__}.", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
