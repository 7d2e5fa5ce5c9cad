"""How scans come in: one ticket that is shown now, or a batch of what a gate saw offline."""

from typing import Annotated, Final
from uuid import UUID

from annotated_types import Len
from pydantic import AfterValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from services.bookings.domain.passages import Direction
from shared.http.models import Body, Instant, line

LONGEST_CODE: Final = 200
# What a QR code can hold (ISO/IEC 18004): a gate scans whatever people show.
LONGEST_SCAN: Final = 4296
LONGEST_GATE: Final = 40
LARGEST_BATCH: Final = 500

Gate = Annotated[
    str,
    AfterValidator(line(LONGEST_GATE)),
    Field(json_schema_extra={"minLength": 1, "maxLength": LONGEST_GATE}),
]
Ordinal = Annotated[int, Field(ge=1, le=1000)]


class BatchedScan(Body):
    """A scan that a gate made without a network: `scan_id` is the gate's, `scanned_at` its time.

    The ticket is named by its `code`, or by `line_id` and `ordinal`. `direction` `out` is
    somebody who leaves. `admit_on_another_day`: the gate let somebody in whose ticket is for
    another day.
    """

    scan_id: UUID
    scanned_at: Instant
    gate: Gate
    direction: Direction = "in"
    code: Annotated[str, StringConstraints(max_length=LONGEST_SCAN)] | None = None
    line_id: UUID | None = None
    ordinal: Ordinal | None = None
    admit_on_another_day: bool = False

    @model_validator(mode="after")
    def _one_way_to_name_it(self) -> "BatchedScan":
        _check_named(self.code, self.line_id, self.ordinal)
        return self


class CheckInTicket(Body):
    """A ticket, or a `batch` of scans and nothing else.

    The ticket is named by its `code` as its QR says, or by `line_id` and `ordinal` from the list
    of arrivals. `admit_on_another_day` lets somebody in whose ticket is not for today. `gate` is
    what the venue calls the gate, if it has several; `direction` `out` is somebody who leaves. A
    scan that is sent again with its `scan_id` has the same answer.
    """

    code: Annotated[str, StringConstraints(max_length=LONGEST_CODE)] | None = None
    line_id: UUID | None = None
    ordinal: Ordinal | None = None
    gate: Gate | None = None
    direction: Direction = "in"
    scan_id: UUID | None = None
    admit_on_another_day: bool = False
    batch: Annotated[tuple[BatchedScan, ...], Len(1, LARGEST_BATCH)] | None = None

    @model_validator(mode="after")
    def _one_way_to_name_it(self) -> "CheckInTicket":
        if self.batch is None:
            _check_named(self.code, self.line_id, self.ordinal)
        elif self.model_fields_set != {"batch"}:
            raise PydanticCustomError("ticket_named", "Give a batch alone")
        return self


def _check_named(code: str | None, line_id: UUID | None, ordinal: int | None) -> None:
    listed = line_id is not None and ordinal is not None
    half = (line_id is None) != (ordinal is None)
    if half or listed == (code is not None):
        raise PydanticCustomError("ticket_named", "Give code, or line_id and ordinal")
