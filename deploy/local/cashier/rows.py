"""The tables of the cashier, and single steps on them; `store.py` makes transactions of these."""

import json
import sqlite3
import time
from typing import Final

from pydantic import TypeAdapter

from deploy.local.cashier.charges import Charge, ChargeRequest, Part, Refund, RefundRequest

SCHEMA: Final = """
create table if not exists charges (
    number text primary key,
    asked text not null,
    state text not null,
    paid_at real,
    paid_parts text not null default '[]',
    late_at real,
    opened_at real not null
);
create table if not exists refunds (
    number text primary key,
    charge_number text not null,
    merchant text not null,
    amount_fen integer not null,
    asked text not null,
    due_at real not null,
    done_at real
);
create table if not exists reports (
    report_id integer primary key autoincrement,
    number text not null,
    url text not null,
    body text not null,
    due_at real not null,
    tries integer not null default 0
);
"""

PARTS: Final = TypeAdapter(tuple[Part, ...])


def charge(db: sqlite3.Connection, number: str) -> Charge | None:
    """Return a payment."""
    row = db.execute("select * from charges where number = ?", (number,)).fetchone()
    return None if row is None else as_charge(row)


def as_charge(row: sqlite3.Row) -> Charge:
    """Return the payment of a row."""
    paid = row["paid_at"] is not None
    return Charge(
        asked=ChargeRequest.model_validate_json(row["asked"]),
        state=row["state"],
        paid_at=row["paid_at"],
        paid_parts=PARTS.validate_json(row["paid_parts"]),
        reference=f"S{row['number']}" if paid else None,
        late_at=row["late_at"],
    )


def known(charge: Charge | None) -> Charge:
    """Return a payment that must be there. Raises KeyError."""
    if charge is None:
        raise KeyError("no such payment")
    return charge


def refund(db: sqlite3.Connection, number: str) -> Refund | None:
    """Return a refund."""
    row = db.execute("select * from refunds where number = ?", (number,)).fetchone()
    if row is None:
        return None
    return Refund(RefundRequest.model_validate_json(row["asked"]), row["done_at"])


def pay(db: sqlite3.Connection, unpaid: Charge, parts: tuple[Part, ...], reports: int) -> None:
    """Note that a payment was made, and that it is to be told so many times."""
    number = unpaid.asked.number
    db.execute(
        "update charges set state = 'paid', paid_at = ?, paid_parts = ? where number = ?",
        (time.time(), PARTS.dump_json(parts).decode(), number),
    )
    paid = known(charge(db, number))
    for _ in range(reports):
        report_charge(db, paid)


def report_charge(db: sqlite3.Connection, told: Charge) -> None:
    """Note that the state of a payment is to be told."""
    report(db, told.asked.number, told.asked.notify_url, {"payment": told.as_json()})


def report(db: sqlite3.Connection, number: str, url: str, body: dict[str, object]) -> None:
    """Note that something is to be told."""
    db.execute(
        "insert into reports (number, url, body, due_at) values (?, ?, ?, ?)",
        (number, url, json.dumps(body), time.time()),
    )
