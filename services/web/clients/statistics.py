"""The statistics service: visits, each figure with its meaning."""

from datetime import date, datetime
from uuid import UUID

from services.web.clients.seen import Seen, Words
from services.web.domain.viewer import Viewer
from shared.http.client import Parameters, ServiceClient


class VisitsCell(Seen):
    """The people of one village on one day; figures are None where they are withheld."""

    village_id: UUID | None = None
    village_name: Words | None = None
    day: date
    booked: int | None = None
    arrived: int | None = None
    suppressed: bool = False


class VisitsDefinitions(Seen):
    """What the figures mean."""

    booked: Words
    arrived: Words
    suppressed: Words | None = None
    complete_until: Words | None = None


class Visits(Seen):
    """Figures about visits."""

    items: tuple[VisitsCell, ...] = ()
    definitions: VisitsDefinitions
    complete_until: datetime | None = None


class StatisticsClient:
    """What the pages ask of statistics. Calls raise ProblemAnswer or Unavailable."""

    def __init__(self, client: ServiceClient) -> None:
        self._client = client

    async def visits(
        self, viewer: Viewer, first: date, last: date, village: UUID | None = None
    ) -> Visits:
        """Return visits by village and day."""
        params: Parameters = {
            "from": first,
            "to": last,
            "group_by": "village,day",
            "village": village,
        }
        return await self._client.get(
            "/v1/visits", Visits, params=params, token=viewer.access_token
        )
