"""What the cashier remembers, in SQLite: whatever it has said survives that it is killed.

Every method is one transaction and returns when it is safe on disk; call them on a thread.
"""

import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from deploy.local.cashier import rows
from deploy.local.cashier.charges import Charge, ChargeRequest, Part, Refund, RefundRequest, Report

# A refund takes its time, as in real life, where it is days.
REFUND_SECONDS: Final = 1.0
# How long after the end of its time a late payment comes.
LATE_SECONDS: Final = 10.0
LONGEST_PAUSE: Final = 60.0


class OtherwiseAsked(Exception):
    """The number was used before, for something else."""


class NotPossible(Exception):
    """What is asked can't be done; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Store:
    """Charges, refunds, and reports that nobody has taken in yet."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._db = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.executescript(
            f"pragma journal_mode = wal; pragma synchronous = full; {rows.SCHEMA}"
        )

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def open_charge(self, asked: ChargeRequest) -> Charge:
        """Open a payment; asked again for the same, it is the same one. Raises OtherwiseAsked."""
        with self._transaction() as db:
            known = rows.charge(db, asked.number)
            if known is None:
                db.execute(
                    "insert into charges (number, asked, state, opened_at)"
                    " values (?, ?, 'open', ?)",
                    (asked.number, asked.model_dump_json(), time.time()),
                )
            elif (known.asked.amount_fen, known.asked.parts) != (asked.amount_fen, asked.parts):
                raise OtherwiseAsked
            return rows.known(rows.charge(db, asked.number))

    def charge(self, number: str) -> Charge | None:
        """Return a payment."""
        with self._transaction() as db:
            return rows.charge(db, number)

    def latest(self, most: int) -> list[Charge]:
        """Return the payments that were opened last, the newest first."""
        with self._transaction() as db:
            found = db.execute("select * from charges order by opened_at desc limit ?", (most,))
            return [rows.as_charge(row) for row in found]

    def pay(self, number: str, parts: Sequence[Part] | None = None, reports: int = 1) -> bool:
        """Pay an open payment, in other parts than were asked for if some are given.

        Tells whether it was open. So many times as `reports` says is it told of.
        """
        with self._transaction() as db:
            charge = rows.known(rows.charge(db, number))
            if charge.state != "open":
                return False
            rows.pay(db, charge, tuple(parts or charge.asked.parts), reports)
            return True

    def decline(self, number: str) -> None:
        """End an open payment, as a bank does that refuses it."""
        with self._transaction() as db:
            db.execute(
                "update charges set state = 'declined' where number = ? and state = 'open'",
                (number,),
            )
            rows.report_charge(db, rows.known(rows.charge(db, number)))

    def pay_late(self, number: str) -> None:
        """Let an open payment be made some seconds after its time is over, whatever comes."""
        with self._transaction() as db:
            charge = rows.known(rows.charge(db, number))
            if charge.state == "paid":
                return
            end = max(time.time(), charge.asked.expires_at.timestamp())
            db.execute(
                "update charges set late_at = ? where number = ?", (end + LATE_SECONDS, number)
            )

    def close_charge(self, number: str) -> bool:
        """End an unpaid payment; tells whether it is ended. Raises KeyError for an unknown one."""
        with self._transaction() as db:
            db.execute(
                "update charges set state = 'closed' where number = ? and state = 'open'", (number,)
            )
            return rows.known(rows.charge(db, number)).state != "paid"

    def add_refund(self, asked: RefundRequest) -> Refund:
        """Accept a refund, once. Raises KeyError for an unknown payment, and NotPossible."""
        with self._transaction() as db:
            if (known := rows.refund(db, asked.number)) is not None:
                return known
            charge = rows.known(rows.charge(db, asked.charge_number))
            paid = sum(
                part.amount_fen for part in charge.paid_parts if part.merchant == asked.merchant
            )
            [given] = db.execute(
                "select coalesce(sum(amount_fen), 0) from refunds"
                " where charge_number = ? and merchant = ?",
                (asked.charge_number, asked.merchant),
            ).fetchone()
            if charge.state != "paid":
                raise NotPossible("not_paid")
            if asked.amount_fen + given > paid:
                raise NotPossible("exceeds_payment")
            db.execute(
                "insert into refunds (number, charge_number, merchant, amount_fen, asked, due_at)"
                " values (?, ?, ?, ?, ?, ?)",
                (
                    asked.number,
                    asked.charge_number,
                    asked.merchant,
                    asked.amount_fen,
                    asked.model_dump_json(),
                    time.time() + REFUND_SECONDS,
                ),
            )
            return Refund(asked, None)

    def refund(self, number: str) -> Refund | None:
        """Return a refund."""
        with self._transaction() as db:
            return rows.refund(db, number)

    def go_on(self) -> None:
        """Do what is due: late payments are made, refunds are done."""
        now = time.time()
        with self._transaction() as db:
            for row in db.execute("select * from charges where late_at <= ?", (now,)).fetchall():
                charge = rows.as_charge(row)
                if charge.state != "paid":
                    rows.pay(db, charge, charge.asked.parts, 1)
                db.execute(
                    "update charges set late_at = null where number = ?", (charge.asked.number,)
                )
            for row in db.execute(
                "select * from refunds where done_at is null and due_at <= ?", (now,)
            ).fetchall():
                refund = Refund(RefundRequest.model_validate_json(row["asked"]), now)
                number, url = refund.asked.number, refund.asked.notify_url
                db.execute("update refunds set done_at = ? where number = ?", (now, number))
                rows.report(db, number, url, {"refund": refund.as_json()})

    def seconds_to_next(self) -> float:
        """Return for how long there is nothing to do."""
        with self._transaction() as db:
            [due] = db.execute(
                "select min(due) from ("
                " select min(late_at) as due from charges"
                " union all select min(due_at) from refunds where done_at is null"
                " union all select min(due_at) from reports)"
            ).fetchone()
            return float("inf") if due is None else max(float(due) - time.time(), 0.0)

    def lease_reports(self) -> list[Report]:
        """Return the reports that are due; each comes again after a pause, until it is taken."""
        now = time.time()
        with self._transaction() as db:
            found = db.execute(
                "select * from reports where due_at <= ? limit 20", (now,)
            ).fetchall()
            for row in found:
                pause = min(2.0 ** row["tries"], LONGEST_PAUSE)
                db.execute(
                    "update reports set tries = tries + 1, due_at = ? where report_id = ?",
                    (now + 1 + pause, row["report_id"]),
                )
        return [
            Report(row["report_id"], row["number"], row["url"], row["body"], row["tries"])
            for row in found
        ]

    def taken(self, report_id: int) -> None:
        """Forget a report that was taken in."""
        with self._transaction() as db:
            db.execute("delete from reports where report_id = ?", (report_id,))

    def is_told(self, number: str) -> bool:
        """Tell whether no report about a payment or refund waits any more."""
        with self._transaction() as db:
            [left] = db.execute(
                "select count(*) from reports where number = ?", (number,)
            ).fetchone()
            return bool(left == 0)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._db.execute("begin immediate")
            try:
                yield self._db
            except BaseException:
                self._db.execute("rollback")
                raise
            self._db.execute("commit")
