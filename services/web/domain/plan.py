"""The weekend plan: what a visitor wants to book together, before it is an order.

The browser keeps it, in a sealed cookie; so its written form is short.
"""

from datetime import date, datetime, timedelta
from typing import Annotated, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.web.domain.party import MOST_PERSONS, Party
from shared.core.clock import SHANGHAI
from shared.core.ids import random_token

MOST_LINES: Final = 20
MOST_NIGHTS: Final = 30
LONGEST_OPTION: Final = 20
LONGEST_NAME: Final = 60

Count = Annotated[int, Field(ge=0, le=MOST_PERSONS, strict=True)]
_WRITTEN: Final = ConfigDict(frozen=True, extra="forbid")


class PlanLine(BaseModel):
    """One offering at one time for some people; `nights` is 0 for all but stays.

    `option` is the type of pitch, where a stay has several.
    """

    model_config = _WRITTEN

    line_id: str = Field(alias="i", pattern=r"^[A-Za-z0-9_-]{1,12}$")
    offering_id: UUID = Field(alias="o")
    starts_at: datetime = Field(alias="s")
    nights: Annotated[int, Field(ge=0, le=MOST_NIGHTS, strict=True)] = Field(0, alias="n")
    option: Annotated[str, Field(max_length=LONGEST_OPTION)] = Field("", alias="p")
    adult: Count = Field(0, alias="a")
    child: Count = Field(0, alias="c")
    senior: Count = Field(0, alias="e")

    @property
    def day(self) -> date:
        """The first day, in the villages."""
        return self.starts_at.astimezone(SHANGHAI).date()

    @property
    def last_day(self) -> date:
        """The day of its last evening."""
        return self.day + timedelta(days=max(self.nights - 1, 0))

    @property
    def party(self) -> Party:
        """The people of this line."""
        return Party(self.adult, self.child, self.senior)


class Plan(BaseModel):
    """The lines, and the key under which they are ordered once.

    The key is made anew whenever the lines change, so one key always means one order. After the
    order, the plan is empty and remembers where its last key led, so that the second tap of a
    double tap arrives at the same order.
    """

    model_config = _WRITTEN

    lines: tuple[PlanLine, ...] = Field((), alias="l", max_length=MOST_LINES)
    key: str = Field(default_factory=lambda: random_token(16), alias="k", max_length=40)
    contact_name: str = Field("", alias="n", max_length=LONGEST_NAME)
    ordered_key: str = Field("", alias="dk", max_length=40)
    ordered_id: UUID | None = Field(None, alias="d")

    @property
    def is_full(self) -> bool:
        """Whether another line would be too many for one order."""
        return len(self.lines) >= MOST_LINES

    def with_line(self, line: PlanLine) -> "Plan":
        """Return the plan with a line more."""
        return self._changed((*self.lines, line))

    def without_line(self, line_id: str) -> "Plan":
        """Return the plan without a line; one that is not there is no loss."""
        return self._changed(tuple(line for line in self.lines if line.line_id != line_id))

    def named(self, contact_name: str) -> "Plan":
        """Return the plan with the name for the gate."""
        return self.model_copy(update={"contact_name": contact_name})

    def ordered(self, order_id: UUID) -> "Plan":
        """Return the empty plan after its order was placed."""
        return Plan(dk=self.key, d=order_id)

    def _changed(self, lines: tuple[PlanLine, ...]) -> "Plan":
        if len(lines) == len(self.lines):
            return self
        return Plan(l=lines, n=self.contact_name)

    def written(self) -> str:
        """Return the plan as it is kept."""
        return self.model_dump_json(by_alias=True, exclude_defaults=True)


def new_line(
    offering_id: UUID, starts_at: datetime, nights: int, party: Party, option: str = ""
) -> PlanLine:
    """Return a line of its own identity."""
    return PlanLine(
        i=random_token(6),
        o=offering_id,
        s=starts_at,
        n=nights,
        p=option,
        a=party.adult,
        c=party.child,
        e=party.senior,
    )
