"""The other services, asked for what they hold about a person."""

import asyncio
from collections.abc import Sequence
from typing import Final, TypeVar
from uuid import UUID

import structlog
from pydantic import BaseModel

from shared.core.errors import Unavailable
from shared.http.client import ProblemAnswer, ServiceClient
from shared.http.people import PersonData, PersonObligations

SECONDS: Final = 10.0

Answer = TypeVar("Answer", bound=BaseModel)

_log: Final = structlog.get_logger()


class People:
    """Asks each service; raises Unavailable where one of them does not answer."""

    def __init__(self, services: Sequence[ServiceClient], bookings: ServiceClient) -> None:
        self._services = services
        self._bookings = bookings

    async def data(self, account_id: UUID) -> list[PersonData]:
        """Return what every service holds about a person: of all of them, or of none."""
        path = f"/v1/people/{account_id}/data"
        return await asyncio.gather(
            *(self._ask(service, path, PersonData) for service in self._services)
        )

    async def live_orders(self, account_id: UUID) -> int:
        """Return how many orders of a person are still to take place, or to be paid."""
        path = f"/v1/people/{account_id}/obligations"
        return (await self._ask(self._bookings, path, PersonObligations)).live_orders

    async def _ask(self, service: ServiceClient, path: str, model: type[Answer]) -> Answer:
        try:
            return await service.get(path, model, seconds=SECONDS)
        except ProblemAnswer as problem:
            _log.error("people.refused", status=problem.status, code=problem.code)
            raise Unavailable(headers={"Retry-After": "5"}) from None
