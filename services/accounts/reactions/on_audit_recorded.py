"""Append what a service tells of a decision to the audit log, its own included."""

from services.accounts import audit_chain
from shared.contracts.audit import AuditRecorded
from shared.contracts.event import Envelope
from shared.db import Connection


async def on_audit_recorded(conn: Connection, event: AuditRecorded, envelope: Envelope) -> None:
    """Append one entry; its number is given here, in the order of arrival."""
    service = envelope.source.rpartition("/")[2]
    await audit_chain.append(conn, event, service=service, occurred_at=envelope.time)
