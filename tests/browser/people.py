"""What the browser tests ask of the services behind the pages' back."""

import json
import secrets
from typing import Final

import asyncpg

from deploy.local.demo.api import Api, Json, Person
from deploy.local.demo.choosing import on_sale
from deploy.local.demo.sessions import Sessions
from tests.browser.steps import CAMP, WORKSHOP, new_contact
from tests.stack.running import RunningStack

# Until it is accepted, an invitation is known by an id of its own.
ACCEPT: Final = """
    update accounts.organisation_members
    set accepted_at = now()
    where invitation_id = $1::text::uuid and accepted_at is null
"""


async def new_operator(api: Api, stack: RunningStack, offering: str = WORKSHOP) -> str:
    """Let somebody new into the organisation of an offering; return their address.

    Codes for one address are few, so nobody signs in twice: that they accept is written down here.
    """
    offerings = (await on_sale(api)).values()
    offered = next(one for one in offerings if one["name"]["zh"] == offering)
    owner = await Sessions(api, stack.options.data_dir).of(offered["operator"])
    contact = new_contact("gate")
    path = f"/v1/organisations/{offered['organisation_id']}/members"
    key = secrets.token_hex(8)
    member = {"email": contact, "role": "manager"}
    invited = await api.call("accounts", "POST", path, member, by=owner, key=key)
    conn = await asyncpg.connect(stack.database_url)
    try:
        accepted = await conn.execute(ACCEPT, invited["account_id"])
    finally:
        await conn.close()
    assert accepted == "UPDATE 1"
    return contact


async def tickets_of(api: Api, stack: RunningStack, order_id: str) -> dict[str, list[Json]]:
    """Return an order's tickets for the workshop and the camp, as notifications sees them."""
    known = json.loads((stack.options.data_dir / "secrets.json").read_text())
    secret = {"service": "notifications", "secret": known["service notifications"]}
    answer = await api.call("accounts", "POST", "/v1/service-tokens", secret)
    service = Person({}, answer["access_token"], "")
    tickets = await api.call("bookings", "GET", f"/v1/orders/{order_id}/tickets", by=service)
    return {
        name: [one for one in tickets["items"] if one["name"]["zh"] == name]
        for name in (WORKSHOP, CAMP)
    }
