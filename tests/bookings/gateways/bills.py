"""Bills, charges and refunds of examples."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from services.bookings.payments.provider import Bill, Charge, Part, RefundCharge, number_of

CAFE = UUID(int=1)
CAMPSITE = UUID(int=2)
STUDIO = UUID(int=3)
_MERCHANTS = {CAFE: "1900000201", CAMPSITE: "1900000202", STUDIO: "1900000203"}


def bill(parts: Mapping[UUID, int]) -> Bill:
    """A bill by what each operator gets."""
    return Bill(
        number_of(uuid4()),
        sum(parts.values()),
        tuple(
            Part(organisation, _MERCHANTS[organisation], fen) for organisation, fen in parts.items()
        ),
    )


def charge(
    of: Bill, *, device: str = "phone", notify_url: str = "https://xiangyou.example/n"
) -> Charge:
    return Charge(
        of,
        "K7QF-2M9X",
        "嘉溪村露营 / 岩河咖啡 & 陶艺",
        datetime.now(UTC) + timedelta(minutes=15),
        "https://xiangyou.example/orders/1?paid=1",
        notify_url,
        "203.0.113.7",
        "screen" if device == "screen" else "phone",
    )


def refund(of: Bill, organisation: UUID, fen: int) -> RefundCharge:
    return RefundCharge(
        number_of(uuid4()), of, organisation, fen, "行程取消", "https://xiangyou.example/n"
    )
