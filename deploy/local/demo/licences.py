"""The papers of a venue: whatever it lacks, its operator enters and the office confirms."""

from datetime import date, timedelta
from typing import Final

from deploy.local.demo.api import Api, Json, Person

GOOD_FOR_DAYS: Final = 3 * 365
# Who issues what, as invented as the numbers.
ISSUERS: Final = {
    "business": "北仑区市场监督管理局",
    "food": "北仑区市场监督管理局",
    "fire": "北仑区消防救援大队",
    "camping_filing": "北仑区文化和广电旅游体育局",
    "event_permit": "北仑区公安分局",
}


async def license_venue(
    api: Api,
    venue_id: str,
    *,
    operator: Person,
    office: Person,
    today: date,
    ends_in_days: int | None = None,
) -> None:
    """Give a venue every licence that it lacks for what it offers.

    `ends_in_days` is when the last of their kinds ends; the others are good for three years.
    """
    path = f"/v1/venues/{venue_id}/licences"
    missing = (await api.call("venues", "GET", path, by=operator))["missing"]
    for kind in missing:
        soon = kind == missing[-1] and ends_in_days is not None
        days = ends_in_days if soon and ends_in_days is not None else GOOD_FOR_DAYS
        body: Json = {
            "kind": kind,
            "number": f"BL-{today.year}-{kind}-{venue_id[-6:]}",
            "issued_by": ISSUERS[kind],
            "valid_from": (today - timedelta(days=300)).isoformat(),
            "valid_until": (today + timedelta(days=days)).isoformat(),
        }
        key = f"licence-{kind}-{body['valid_until']}-{venue_id[-12:]}"
        entered = await api.call("venues", "POST", path, body, by=operator, key=key)
        if entered["state"] == "waiting":
            decision = f"/v1/licences/{entered['licence_id']}/confirmations"
            await api.call("venues", "POST", decision, by=office)
