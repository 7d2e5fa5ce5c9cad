"""What the cashier knows of a payment and of a refund, and how it tells of them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

ChargeState = Literal["open", "paid", "declined", "closed"]
Fen = Annotated[int, Field(strict=True, ge=1, le=10**12)]
Number = Annotated[str, Field(pattern=r"^[0-9A-Z]{1,64}$")]
Url = Annotated[str, Field(pattern=r"^https?://[!-~]{1,2000}$")]


class _Asked(BaseModel):
    """What we are asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Part(_Asked):
    """What one operator is paid."""

    merchant: Annotated[str, Field(min_length=1, max_length=100)]
    amount_fen: Fen


class ChargeRequest(_Asked):
    """A payment to be opened."""

    number: Number
    amount_fen: Fen
    parts: Annotated[tuple[Part, ...], Field(min_length=1, max_length=10)]
    order_code: Annotated[str, Field(max_length=40)]
    description: Annotated[str, Field(max_length=200)]
    expires_at: AwareDatetime
    return_url: Url
    notify_url: Url


class RefundRequest(_Asked):
    """Money to be sent back from one operator."""

    number: Number
    charge_number: Number
    merchant: str
    amount_fen: Fen
    reason: str
    notify_url: Url


@dataclass(frozen=True)
class Charge:
    """A payment as it stands; `paid_parts` is what was really paid."""

    asked: ChargeRequest
    state: ChargeState
    paid_at: float | None
    paid_parts: tuple[Part, ...]
    reference: str | None
    late_at: float | None

    @property
    def paid_fen(self) -> int:
        """What was paid altogether."""
        return sum(part.amount_fen for part in self.paid_parts)

    def as_json(self) -> dict[str, object]:
        """Return what is told to whoever asks."""
        paid = self.state == "paid"
        parts = self.paid_parts if paid else self.asked.parts
        return {
            "number": self.asked.number,
            "state": self.state,
            "amount_fen": self.paid_fen if paid else self.asked.amount_fen,
            "parts": [part.model_dump() for part in parts],
            "paid_at": instant(self.paid_at),
            "reference": self.reference,
        }


@dataclass(frozen=True)
class Refund:
    """A refund as it stands."""

    asked: RefundRequest
    done_at: float | None

    def as_json(self) -> dict[str, object]:
        """Return what is told to whoever asks."""
        return {
            "number": self.asked.number,
            "state": "accepted" if self.done_at is None else "done",
            "amount_fen": self.asked.amount_fen,
            "done_at": instant(self.done_at),
            "reference": f"R{self.asked.number}",
        }


@dataclass(frozen=True)
class Report:
    """Something that the platform is told until it takes it in."""

    report_id: int
    number: str
    url: str
    body: str
    tries: int


def wrong_parts(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """Return parts of which the first is a fen too little, or too much where it is only one."""
    first, *others = parts
    fen = first.amount_fen - 1 or first.amount_fen + 1
    return (Part(merchant=first.merchant, amount_fen=fen), *others)


def instant(moment: float | None) -> str | None:
    """Return a moment as JSON says it."""
    return None if moment is None else datetime.fromtimestamp(moment, UTC).isoformat()
