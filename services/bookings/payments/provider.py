"""What bookings asks of a payment provider: values and one protocol, no I/O.

The platform never pools money (domain.md rule 7): every fen of a bill is paid to the operator whose
line it is, as one part per organisation. A provider is told who is paid, and is asked what it did.
"""

from base64 import b32hexdecode, b32hexencode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, Protocol
from uuid import UUID

from shared.contracts.bookings import OnlineMethod

PaymentState = Literal["pending", "paid", "failed", "closed", "unknown"]
RefundState = Literal["accepted", "done", "failed", "unknown"]

# Two digits number the parts of a bill behind its own number.
MOST_PARTS: Final = 10
_NUMBER_LENGTH: Final = 26


@dataclass(frozen=True, slots=True)
class Part:
    """What one operator is paid; `merchant` is its account at the provider."""

    organisation_id: UUID
    merchant: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Bill:
    """What a payment is for: its number, its amount, and who gets which part of it.

    The same value is needed to ask after a payment, to close it and to refund it, because a bill of
    several parts is several trades at the provider. `number` comes from `number_of(payment_id)`.
    """

    number: str
    amount_fen: int
    parts: tuple[Part, ...]

    def __post_init__(self) -> None:
        organisations = {part.organisation_id for part in self.parts}
        if not 1 <= len(self.parts) <= MOST_PARTS or len(organisations) != len(self.parts):
            raise ValueError(f"a bill has 1 to {MOST_PARTS} parts, one per organisation")
        if any(part.amount_fen <= 0 for part in self.parts):
            raise ValueError("every part of a bill is above zero")
        if sum(part.amount_fen for part in self.parts) != self.amount_fen:
            raise ValueError("the parts of a bill add up to its amount")


@dataclass(frozen=True, slots=True)
class Charge:
    """A bill that a visitor is about to pay, at a provider's page.

    `notify_url` is where the provider reports, `return_url` where it sends the visitor afterwards.
    `device` is what they look at: a phone gets a page, a screen may get a code to scan.
    """

    bill: Bill
    order_code: str
    description: str
    expires_at: datetime
    return_url: str
    notify_url: str
    payer_ip: str
    device: Literal["phone", "screen"] = "phone"


@dataclass(frozen=True, slots=True)
class Started:
    """Where the visitor pays: a `page` to be sent to, or a `code` to be shown as a QR code."""

    pay_url: str
    reference: str | None = None
    shown_as: Literal["page", "code"] = "page"


@dataclass(frozen=True, slots=True)
class PaidPart:
    """What one merchant received, as its provider says."""

    merchant: str
    amount_fen: int
    reference: str | None


@dataclass(frozen=True, slots=True)
class PaymentStatus:
    """How a payment stands at the provider.

    `unknown` means that the provider said something that doesn't settle the whole bill (one part of
    several, a state that we don't know): ask by `query`. Only `paid` carries amount, time and
    parts. `reference` is the provider's own transaction id.
    """

    number: str
    state: PaymentState
    amount_fen: int | None = None
    paid_at: datetime | None = None
    reference: str | None = None
    parts: tuple[PaidPart, ...] = ()

    def settles(self, bill: Bill) -> bool:
        """Tell whether this is payment of exactly this bill, to exactly its merchants."""
        due = sorted((part.merchant, part.amount_fen) for part in bill.parts)
        paid = sorted((part.merchant, part.amount_fen) for part in self.parts)
        return (
            self.state == "paid"
            and self.number == bill.number
            and self.amount_fen == bill.amount_fen
            and paid == due
        )


@dataclass(frozen=True, slots=True)
class RefundCharge:
    """Money that goes back from one operator, who was paid a part of the bill.

    `number` comes from `number_of(refund_id)` and is the same on every retry, by which the provider
    knows the second request for the first. `reason` is read by the visitor.
    """

    number: str
    bill: Bill
    organisation_id: UUID
    amount_fen: int
    reason: str
    notify_url: str

    def __post_init__(self) -> None:
        if not 0 < self.amount_fen <= self.part.amount_fen:
            raise ValueError("a refund is above zero and never above what was paid")

    @property
    def part(self) -> Part:
        """What the operator was paid, or `ValueError` where it was paid nothing."""
        for part in self.bill.parts:
            if part.organisation_id == self.organisation_id:
                return part
        raise ValueError("a refund comes from those who were paid")


@dataclass(frozen=True, slots=True)
class RefundStatus:
    """How a refund stands at the provider; accepted is not done (domain.md rule 6).

    `unknown` means that the provider has no such refund, or that a report says too little: ask by
    `query_refund`; if it stays unknown, send it again under the same number. `failed` needs a
    person.
    """

    number: str
    state: RefundState
    amount_fen: int | None = None
    done_at: datetime | None = None
    reference: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Callback:
    """A genuine report of the provider, and the answer that it wants once it is taken in."""

    kind: Literal["payment", "refund"]
    status: PaymentStatus | RefundStatus
    answer_body: bytes
    answer_content_type: str


class ProviderAway(Exception):
    """The provider didn't answer, or answered that it can't now: the outcome is open, try again."""


class ProviderRefused(Exception):
    """The provider understood and said no; `reason` is its own code, good for a log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class CallbackNotGenuine(Exception):
    """A report without a valid signature, out of its time, or about somebody else's merchant."""


class PaymentProvider(Protocol):
    """A place where visitors pay. Every call may raise `ProviderAway` and `ProviderRefused`."""

    @property
    def method(self) -> OnlineMethod:
        """The name by which orders choose this provider."""

    async def start(self, charge: Charge) -> Started:
        """Open the payment; asked twice for one number, it is still one payment."""

    async def query(self, bill: Bill) -> PaymentStatus:
        """Ask how a payment stands; one that was never begun is `pending`."""

    async def close(self, bill: Bill) -> bool:
        """End an unpaid payment, and tell whether nobody can pay it any more.

        False where the provider can't end it yet, because the visitor has its page but has not
        opened it: it may be paid until `expires_at`, so go on asking. Closing what is closed is
        fine. Raises `ProviderRefused` where it is paid already: `query` then says so.
        """

    async def refund(self, refund: RefundCharge) -> RefundStatus:
        """Send money back; asked twice for one number, it goes once."""

    async def query_refund(self, refund: RefundCharge) -> RefundStatus:
        """Ask how a refund stands; one that the provider never heard of is `unknown`."""

    async def verify_callback(self, headers: Mapping[str, str], body: bytes) -> Callback:
        """Read a report, or raise `CallbackNotGenuine`: signature, time window, our merchant.

        Amount and payees are for the caller to compare, by `PaymentStatus.settles`. `headers` are
        looked up without regard to case.
        """

    async def aclose(self) -> None:
        """Let go of connections and threads."""


def number_of(subject_id: UUID) -> str:
    """Return the number of a payment or refund: 26 of [0-9A-V], the same for the same id."""
    return b32hexencode(subject_id.bytes).decode().rstrip("=")


def id_of(number: str) -> UUID:
    """Return the id behind a number, or raise `ValueError` where it is none of ours."""
    if len(number) != _NUMBER_LENGTH:
        raise ValueError("a number has 26 characters")
    subject_id = UUID(bytes=b32hexdecode(f"{number}======"))
    if number_of(subject_id) != number:
        raise ValueError("a number is written in one way only")
    return subject_id
