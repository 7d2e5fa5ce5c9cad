"""Give an operator the movements of a month as a file for its own books."""

from collections.abc import Sequence
from typing import Final

from aiohttp import web

from services.bookings.domain.csv_cells import csv_lines, yuan
from services.bookings.money.statements import (
    MonthText,
    Movement,
    check_reader,
    find_movements,
    month_of,
)
from services.bookings.paths import OrganisationPath
from shared.core.clock import SHANGHAI
from shared.core.errors import NotFound
from shared.core.localized import Language
from shared.core.texts import Catalogue
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.keys import CATALOGUE, DATABASE
from shared.http.models import Query
from shared.http.route import route

ROWS_AT_ONCE: Final = 1000
COLUMNS: Final = ("number", "time", "order", "offering", "kind", "debit", "credit", "yuan")
# By this mark spreadsheets know that the file is UTF-8, and show Chinese.
BYTE_ORDER_MARK: Final = "\ufeff"


class ExportQuery(Query):
    """Which month, as `2026-10`, and in which language."""

    month: MonthText
    language: Language = "zh"


@route(
    "GET",
    "/v1/organisations/{organisation_id}/statement.csv",
    access=may("statement.read"),
    errors=(NotFound,),
    produces="text/csv",
    rate_class="heavy",
)
async def export_statement(
    request: web.Request, caller: Caller, path: OrganisationPath, query: ExportQuery
) -> web.Response:
    """Give all movements of a month as CSV (RFC 4180, UTF-8), amounts in yuan, times local.

    No cell can be taken for a formula. Another operator's statement is not found.
    """
    check_reader(caller, path.organisation_id)
    month, texts, language = month_of(query.month), request.app[CATALOGUE], query.language
    header = [texts.text(f"statement.column.{column}", language) for column in COLUMNS]
    parts, last = [BYTE_ORDER_MARK, csv_lines([header])], 0
    async with transaction(request.app[DATABASE], one_moment=True) as conn:
        while found := await find_movements(conn, path.organisation_id, month, last, ROWS_AT_ONCE):
            parts.append(csv_lines(_cells(movement, texts, language) for movement in found))
            last = found[-1].movement_id
    return web.Response(
        body="".join(parts).encode(),
        content_type="text/csv",
        charset="utf-8",
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": f'attachment; filename="xiangyou-{query.month}.csv"',
        },
    )


def _cells(movement: Movement, texts: Catalogue, language: Language) -> Sequence[str]:
    name = movement.offering_name
    return (
        str(movement.movement_id),
        movement.moved_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S"),
        movement.order_code,
        name.text(language) if name else "",
        texts.text(f"ledger.kind.{movement.kind}", language),
        texts.text(f"ledger.account.{movement.debit}", language),
        texts.text(f"ledger.account.{movement.credit}", language),
        yuan(movement.amount_fen),
    )
