"""What the browser tests ask of the services behind the pages' back."""

import json
import secrets

from deploy.local.demo.api import Api, Json, Person
from deploy.local.demo.sessions import OFFICE, Sessions
from tests.browser.steps import CAMP, WORKSHOP, new_contact
from tests.stack.running import RunningStack


async def new_operator(api: Api, stack: RunningStack, offering: str = WORKSHOP) -> str:
    """Let somebody new into the organisation of an offering; return their address.

    Codes for one address are few, so nobody signs in twice.
    """
    listing = await api.call("venues", "GET", "/v1/venues", params={"limit": 100})
    organisation_id = next(
        venue["organisation_id"]
        for venue in listing["items"]
        if any(one["name"]["zh"] == offering for one in venue["offerings"])
    )
    office = await Sessions(api, stack.options.data_dir).of(OFFICE)
    contact = new_contact("gate")
    path = f"/v1/organisations/{organisation_id}/members"
    key = secrets.token_hex(8)
    member = {"email": contact, "role": "manager"}
    await api.call("accounts", "POST", path, member, by=office, key=key)
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
