"""Let a person book for others."""

from typing import Final

from aiohttp import web

from services.accounts.contact_body import ContactBody
from services.accounts.keys import CONTACTS
from services.accounts.officers import BookingRole, OfficerView, find_officers, lock_office
from services.accounts.present_rights import require_present
from services.accounts.registration import find_or_create_account
from services.accounts.rights import change_rights
from shared.core.localized import DEFAULT_LANGUAGE
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.idempotency import Idempotency
from shared.http.keys import DATABASE, IDS
from shared.http.route import route
from shared.messaging import audit


class GiveBookingRole(ContactBody):
    """The person, by the contact that they sign in with, and for whom they book."""

    role: BookingRole


GIVE: Final = """
    insert into booking_roles (account_id, role, added_by)
    values ($1, $2, $3)
    on conflict do nothing
    returning account_id
"""


@route("POST", "/v1/booking-roles", access=may("role.manage"), status=201, idempotent=True)
async def give_booking_role(
    request: web.Request, caller: Caller, body: GiveBookingRole, idempotency: Idempotency
) -> OfficerView:
    """Let a person book for others, as a village's helper or as a company's organiser.

    Each of their orders for somebody else says so. Giving the role again changes nothing.
    """
    app = request.app
    async with transaction(app[DATABASE]) as conn:
        if earlier := await idempotency.earlier(conn, OfficerView):
            return earlier
        await lock_office(conn)
        await require_present(conn, caller, "role.manage")
        account_id = await find_or_create_account(
            conn, app[CONTACTS], app[IDS], body.contact, DEFAULT_LANGUAGE
        )
        if await conn.fetchval(GIVE, account_id, body.role, caller.person):
            await change_rights(conn, account_id)
            await audit.record(
                conn,
                caller,
                action="booking_role.given",
                subject=account_id,
                details={"role": body.role},
            )
        found = await find_officers(conn, account_id, office=False)
        [given] = [holder for holder in found if holder.role == body.role]
        return await idempotency.keep(conn, given.view(app[CONTACTS]))
