"""The papers of a venue: what it lacks its operator enters and scans, and the office confirms."""

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
            licence = f"/v1/licences/{entered['licence_id']}"
            scan = paper(f"{kind} {body['number']}")
            seen = await api.send(
                "venues", f"{licence}/document", scan, "application/pdf", by=operator
            )
            decision = f"{licence}/confirmations"
            await api.call("venues", "POST", decision, by=office, if_match=seen["version"])


def paper(words: str) -> bytes:
    """Return a PDF of one page that says these ASCII words, as an operator scans a licence."""
    text = f"BT /F1 18 Tf 72 700 Td ({words}) Tj ET".encode()
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
    parts = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        page + b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    written, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(b"%010d 00000 n \n" % len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(parts) + 1, b"".join(places))
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return written + table + trailer % (len(parts) + 1, len(written))
