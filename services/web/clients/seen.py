"""Base of what we read from other services: tolerant of fields that we don't know yet."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Annotated, Final, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict

from shared.core.localized import LocalizedText

AT_ONCE: Final = 6

Asked = TypeVar("Asked")
Answered = TypeVar("Answered")


class Seen(BaseModel):
    """An answer of another service, as far as the pages use it."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Nothing(Seen):
    """An answer whose content does not matter here."""


def _both_languages(value: object) -> object:
    if isinstance(value, str):
        return {"zh": value or "—", "en": value or "—"}
    return value


# A text in both languages; a plain one serves for both.
Words = Annotated[LocalizedText, BeforeValidator(_both_languages)]


async def for_each(
    asked: Iterable[Asked], ask: Callable[[Asked], Awaitable[Answered]]
) -> list[Answered]:
    """Ask for all at once, but never for more than six; the first error ends the others."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(item: Asked) -> Answered:
        async with gate:
            return await ask(item)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(item)) for item in asked]
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]
