"""Check tickets in at the gate: one that is shown now, or what a gate saw without a network."""

from dataclasses import replace
from datetime import date, datetime
from typing import Final, Literal
from uuid import UUID

from aiohttp import web
from pydantic import RootModel

from services.bookings.domain.party import admitted_by
from services.bookings.domain.passages import LET_THROUGH
from services.bookings.domain.ticket_code import NotGenuineError
from services.bookings.errors import (
    CheckInUndone,
    ScanIdReused,
    TicketAlreadyUsed,
    TicketCancelled,
    TicketForAnotherDay,
    TicketNotGenuine,
    TicketNotInside,
)
from services.bookings.gates.batches import take_batch
from services.bookings.gates.requests import CheckInTicket
from services.bookings.gates.scanning import (
    Verdict,
    VerdictOutcome,
    log_scan,
    retry_scans,
    take_scans,
)
from services.bookings.gates.ticket_books import Shown
from services.bookings.keys import CONTACT_SEALER, TICKET_KEYS
from services.bookings.views import contact_name
from shared.core.clock import instant_text
from shared.core.errors import ApiError, NotFound
from shared.core.localized import LocalizedText
from shared.core.masking import CodeEnd, masked_name
from shared.core.sealing import Sealer
from shared.db import retry, transaction
from shared.http.access import Caller, may
from shared.http.idempotency import Idempotency
from shared.http.keys import DATABASE, IDS
from shared.http.models import Reply
from shared.http.route import route


class CheckInView(Reply):
    """Who came in, or left: `persons` is how many this ticket admits.

    `admitted` came for the first time, `reentered` had left before.
    """

    scan_id: UUID
    outcome: Literal["admitted", "reentered", "left"]
    line_id: UUID
    ordinal: int
    order_code: CodeEnd
    contact_name: str
    name: LocalizedText
    venue_name: LocalizedText
    day: date
    persons: int
    checked_in_at: datetime
    left_at: datetime | None


class ScanView(Reply):
    """What one scan of a batch was, and what to show for it.

    A `conflict` came in beside people who had come in by the same ticket before, at `gate`; it is
    in the list of conflicts. Of a ticket that is not found, or not genuine, nothing is said. What
    is `in_the_future`, `too_old`, has a `scan_id_reused` or was `not_taken_in` is not kept: it may
    be told of again, put right.
    """

    scan_id: UUID
    outcome: VerdictOutcome
    line_id: UUID | None = None
    ordinal: int | None = None
    order_code: CodeEnd | None = None
    contact_name: str | None = None
    name: LocalizedText | None = None
    venue_name: LocalizedText | None = None
    day: date | None = None
    persons: int | None = None
    checked_in_at: datetime | None = None
    gate: str | None = None
    left_at: datetime | None = None


class CheckInBatchView(Reply):
    """What the scans of a batch were, in its order."""

    items: list[ScanView]


class CheckInAnswer(RootModel[CheckInView | CheckInBatchView]):
    """Of one ticket, or of a batch."""


class Kept(Reply):
    """What is kept of an answer for repeats: which scan it is about; none for a batch."""

    scan_id: UUID | None = None


REFUSALS: Final[dict[VerdictOutcome, type[ApiError]]] = {
    "not_found": NotFound,
    "not_inside": TicketNotInside,
    "cancelled": TicketCancelled,
    "scan_id_reused": ScanIdReused,
}


@route(
    "POST",
    "/v1/check-ins",
    access=may("gate.check_in"),
    status=201,
    idempotent=True,
    errors=(
        NotFound,
        TicketNotGenuine,
        TicketCancelled,
        TicketForAnotherDay,
        TicketAlreadyUsed,
        TicketNotInside,
        CheckInUndone,
        ScanIdReused,
    ),
)
async def check_in_ticket(
    request: web.Request, caller: Caller, body: CheckInTicket, idempotency: Idempotency | None
) -> CheckInAnswer:
    """Check a ticket in, once, at the venue that it is for; or let somebody out.

    A gate may repeat its request when the answer was lost: with its Idempotency-Key, or with the
    `scan_id`. Two gates that show the same ticket at once admit one, and the other is kept as a
    conflict. Who left may come in again on that day. A ticket of another operator is not found. A
    ticket for another day is refused until the operator says to admit it all the same.

    A gate that had no network sends a `batch` of up to 500 scans with its own times, at most 30
    days old. Of several scans of one ticket the earliest counts, whenever it is told of; a later
    one at another gate is a conflict. Each scan has an answer of its own and is known by its
    `scan_id`, so that a batch can be sent again.
    """
    if body.batch is not None:
        if idempotency:
            await _keep_key(request.app, idempotency)
        verdicts = await take_batch(request.app, caller, body.batch)
        sealer = request.app[CONTACT_SEALER]
        return CheckInAnswer(CheckInBatchView(items=[_scan_view(one, sealer) for one in verdicts]))
    shown = _shown(request.app, caller, body)
    verdict = await _take_one(request.app, caller, shown, idempotency)
    log_scan(verdict)
    return CheckInAnswer(_view(verdict, request.app[CONTACT_SEALER]))


async def _keep_key(app: web.Application, idempotency: Idempotency) -> None:
    """Keep a batch's key, for this batch alone. Its scans may be taken in again without harm."""

    async def unit() -> None:
        async with transaction(app[DATABASE]) as conn:
            if await idempotency.earlier(conn, Kept) is None:
                await idempotency.keep(conn, Kept())

    await retry(unit)


def _shown(app: web.Application, caller: Caller, body: CheckInTicket) -> Shown:
    """Return the ticket that is shown. Raises TicketNotGenuine."""
    line_id, ordinal = body.line_id, body.ordinal
    scan_id = body.scan_id or app[IDS].new()
    if line_id is None or ordinal is None:
        try:
            ticket = app[TICKET_KEYS].verify(body.code or "")
        except NotGenuineError as error:
            log_scan(Verdict(scan_id, "not_genuine"))
            raise TicketNotGenuine from error
        line_id, ordinal = ticket.line_id, ticket.ordinal
    return Shown(
        scan_id=scan_id,
        line_id=line_id,
        ordinal=ordinal,
        gate=body.gate or "",
        direction=body.direction,
        at=None,
        on_any_day=body.admit_on_another_day,
        by=caller.person,
    )


async def _take_one(
    app: web.Application, caller: Caller, shown: Shown, idempotency: Idempotency | None
) -> Verdict:
    """Take one scan in. What is refused is kept as well, so this commits before it is raised."""

    async def unit() -> Verdict:
        async with transaction(app[DATABASE]) as conn:
            scan = shown
            earlier = await idempotency.earlier(conn, Kept) if idempotency else None
            if earlier and earlier.scan_id:
                scan = replace(shown, scan_id=earlier.scan_id)
            [verdict] = await take_scans(conn, caller.reach("gate.check_in"), [scan])
            if idempotency and not earlier and verdict.outcome in LET_THROUGH:
                await idempotency.keep(conn, Kept(scan_id=shown.scan_id))
            return verdict

    return await retry_scans(unit)


def _view(verdict: Verdict, sealer: Sealer) -> CheckInView:
    """Return who came or left. Raises what stands against it."""
    line, presence = verdict.line, verdict.presence
    if line is not None and presence is not None and verdict.outcome in LET_THROUGH:
        return CheckInView.model_validate(_scan_view(verdict, sealer).model_dump())
    if line is not None and verdict.outcome == "another_day":
        raise TicketForAnotherDay(day=line.day.isoformat())
    if presence is not None and verdict.outcome in ("conflict", "repeated"):
        used_at = instant_text(presence.checked_in_at)
        raise TicketAlreadyUsed(checked_in_at=used_at, gate=verdict.gate)
    # What was in its way is gone: what remains is a check-in that was taken back.
    raise REFUSALS.get(verdict.outcome, CheckInUndone)


def _scan_view(verdict: Verdict, sealer: Sealer) -> ScanView:
    line, ordinal, presence = verdict.line, verdict.ordinal, verdict.presence
    if line is None or ordinal is None:
        return ScanView(scan_id=verdict.scan_id, outcome=verdict.outcome)
    return ScanView(
        scan_id=verdict.scan_id,
        outcome=verdict.outcome,
        line_id=line.line_id,
        ordinal=ordinal,
        order_code=line.code,
        contact_name=masked_name(contact_name(line.contact_sealed, sealer)),
        name=line.name,
        venue_name=line.venue_name,
        day=line.day,
        persons=admitted_by(line.kind, line.persons, line.units, ordinal),
        checked_in_at=presence.checked_in_at if presence else None,
        gate=verdict.gate if presence else None,
        left_at=presence.left_at if presence else None,
    )
