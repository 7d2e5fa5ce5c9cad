"""What Alipay says, in its own words, and what that means to bookings."""

import re
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal, TypeVar
from urllib.parse import parse_qsl, unquote

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from services.bookings.payments.provider import (
    PaymentState,
    PaymentStatus,
    ProviderAway,
    RefundState,
    RefundStatus,
    id_of,
)
from services.bookings.payments.trades import TradeStatus, bill_number, merged
from shared.core.clock import SHANGHAI
from shared.core.money import FEN_PER_YUAN

# Alipay repeats a report for 25 hours, and `notify_time` may be that of the first.
_WINDOW: Final = timedelta(hours=26)
_AHEAD: Final = timedelta(minutes=5)
_YUAN: Final = re.compile(r"([0-9]{1,12})(?:\.([0-9]{1,2}))?")
_TRADE_STATES: Final[dict[str, PaymentState]] = {
    "WAIT_BUYER_PAY": "pending",
    "TRADE_SUCCESS": "paid",
    "TRADE_FINISHED": "paid",
    "TRADE_CLOSED": "closed",
}
_REFUND_STATES: Final[dict[str | None, RefundState]] = {
    "REFUND_SUCCESS": "done",
    "REFUND_PROCESSING": "accepted",
    "REFUND_FAIL": "failed",
}


def yuan(fen: int) -> str:
    """Return an amount as Alipay writes it: yuan with two decimals."""
    return f"{fen // FEN_PER_YUAN}.{fen % FEN_PER_YUAN:02d}"


def fen(text: object) -> int:
    """Return an amount of yuan in fen, or raise `ValueError`; no floating point on the way."""
    match = _YUAN.fullmatch(str(text))
    if match is None:
        raise ValueError("an amount is yuan with at most two decimals")
    return int(match[1]) * FEN_PER_YUAN + int((match[2] or "").ljust(2, "0"))


def _beijing_time(value: object) -> datetime:
    return datetime.fromisoformat(str(value)).replace(tzinfo=SHANGHAI)


_Yuan = Annotated[int, BeforeValidator(fen)]
_Time = Annotated[datetime, BeforeValidator(_beijing_time)]


class _Answer(BaseModel):
    """They add fields as they like, and what they say of a payer is none of our logs' business."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


_A = TypeVar("_A", bound=_Answer)


class _PreOrder(_Answer):
    success: bool
    result_code: str | None = None


class Merged(_Answer):
    """The number under which the trades of several operators are paid together."""

    pre_order_no: str
    order_detail_results: tuple[_PreOrder, ...] = ()


class TradeAnswer(_Answer):
    """One trade, as a query tells it."""

    out_trade_no: str
    trade_status: str
    trade_no: str | None = None
    total_amount: _Yuan | None = None
    send_pay_date: _Time | None = None

    def status(self, merchant: str) -> TradeStatus:
        """Return how it stands; the payee is whom our signed request named."""
        return TradeStatus(
            _state(self.trade_status, self.send_pay_date),
            merchant,
            self.total_amount,
            self.send_pay_date,
            self.trade_no,
        )


class Refunded(_Answer):
    """The answer to a request for a refund."""

    out_trade_no: str
    trade_no: str | None = None


class Refund(_Answer):
    """A refund, as a query tells it; all is missing of one that Alipay never heard of."""

    out_request_no: str | None = None
    refund_status: str | None = None
    refund_amount: _Yuan | None = None
    gmt_refund_pay: _Time | None = None
    trade_no: str | None = None

    def status(self, number: str) -> RefundStatus:
        """Return how it stands."""
        if self.out_request_no != number:
            return RefundStatus(number, "unknown")
        state = _REFUND_STATES.get(self.refund_status, "unknown")
        return RefundStatus(
            number,
            state,
            amount_fen=self.refund_amount,
            done_at=self.gmt_refund_pay,
            reference=self.trade_no,
            reason=self.refund_status if state == "failed" else None,
        )


class Report(_Answer):
    """A report about a trade: paid, closed, or a refund of it (`out_biz_no` is its number)."""

    app_id: str
    seller_id: str
    notify_type: Literal["trade_status_sync"]
    notify_time: _Time
    sign_type: Literal["RSA2"]
    out_trade_no: str
    trade_status: str
    total_amount: _Yuan
    trade_no: str
    gmt_payment: _Time | None = None
    passback_params: str = Field("", description="What we sent along: the payee.")
    refund_fee: _Yuan | None = None
    out_biz_no: str | None = None

    def is_recent(self, now: datetime) -> bool:
        """Tell whether Alipay may still be sending it."""
        return now - _WINDOW <= self.notify_time <= now + _AHEAD

    def read(self) -> tuple[Literal["payment", "refund"], PaymentStatus | RefundStatus]:
        """Return what it is about, or raise `ValueError` where its number is none of ours.

        A refund's report says what was refunded in all, and a part of a bill is not the bill:
        both are `unknown` and have to be asked after.
        """
        number, whole = bill_number(self.out_trade_no)
        if self.refund_fee and self.out_biz_no:
            id_of(self.out_biz_no)
            return "refund", RefundStatus(self.out_biz_no, "unknown")
        if not whole:
            return "payment", PaymentStatus(number, "unknown")
        trade = TradeStatus(
            _state(self.trade_status, self.gmt_payment),
            unquote(self.passback_params) or None,
            self.total_amount,
            self.gmt_payment,
            self.trade_no,
        )
        return "payment", merged(number, [trade])


def read_answer(model: type[_A], answer: dict[str, Any]) -> _A:
    """Read an answer, or raise `ProviderAway` where it says something else than it should."""
    try:
        return model.model_validate(answer)
    except ValidationError as error:
        raise ProviderAway("an answer that can't be read") from error


def read_form(body: bytes) -> dict[str, str]:
    """Read the fields of a report, or raise `ValueError` where they are not exactly one each."""
    pairs = parse_qsl(
        body.decode("utf-8"), keep_blank_values=True, strict_parsing=True, errors="strict"
    )
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a report that says something twice")
    return fields


def _state(trade_status: str, paid_at: datetime | None) -> PaymentState:
    """Return a trade's state: one that was paid and refunded whole is closed at Alipay too."""
    state = _TRADE_STATES.get(trade_status, "unknown")
    return "paid" if state == "closed" and paid_at is not None else state
