"""What WeChat Pay says, in its own words, and what that means to bookings."""

from typing import Any, Final, Literal, TypeVar

from pydantic import AliasChoices, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from services.bookings.payments.provider import (
    PaymentState,
    PaymentStatus,
    ProviderAway,
    RefundState,
    RefundStatus,
    id_of,
)
from services.bookings.payments.trades import TradeStatus, merged

# A trade that was paid and refunded since is still one that was paid.
_TRADE_STATES: Final[dict[str, PaymentState]] = {
    "SUCCESS": "paid",
    "REFUND": "paid",
    "NOTPAY": "pending",
    "USERPAYING": "pending",
    "ACCEPT": "pending",
    "CLOSED": "closed",
    "REVOKED": "closed",
    "PAYERROR": "failed",
}
# ABNORMAL: the visitor's card can't take it, and somebody has to find another way.
_REFUND_STATES: Final[dict[str, RefundState]] = {
    "SUCCESS": "done",
    "PROCESSING": "accepted",
    "CLOSED": "failed",
    "ABNORMAL": "failed",
}


class _Answer(BaseModel):
    """They add fields as they like, and what they say of a payer is none of our logs' business."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


_A = TypeVar("_A", bound=_Answer)


class Begun(_Answer):
    """Where a visitor pays: a page (H5) or a code (Native)."""

    h5_url: str | None = None
    code_url: str | None = None


class _Amount(_Answer):
    fen: int = Field(strict=True, validation_alias=AliasChoices("total", "total_amount"))
    currency: Literal["CNY"] = "CNY"


class _Trade(_Answer):
    out_trade_no: str
    sub_mchid: str
    trade_state: str
    transaction_id: str | None = None
    success_time: AwareDatetime | None = None
    amount: _Amount | None = None

    def trade_status(self) -> TradeStatus:
        return TradeStatus(
            state=_TRADE_STATES.get(self.trade_state, "unknown"),
            merchant=self.sub_mchid,
            amount_fen=None if self.amount is None else self.amount.fen,
            paid_at=self.success_time,
            reference=self.transaction_id,
        )


class Transaction(_Trade):
    """A payment to one operator."""

    sp_mchid: str

    def status(self, merchant: str) -> PaymentStatus:
        """Return how it stands, or raise `ValueError` where another platform asked for it."""
        if self.sp_mchid != merchant:
            raise ValueError("a payment that another platform asked for")
        return merged(self.out_trade_no, [self.trade_status()])


class _SubOrder(_Trade):
    mchid: str


class Combined(_Answer):
    """A payment to several operators at once."""

    combine_out_trade_no: str
    combine_mchid: str
    sub_orders: tuple[_SubOrder, ...] = Field(min_length=1)

    def status(self, merchant: str) -> PaymentStatus:
        """Return how it stands, or raise `ValueError` where another platform asked for it."""
        if {self.combine_mchid, *(order.mchid for order in self.sub_orders)} != {merchant}:
            raise ValueError("a payment that another platform asked for")
        return merged(
            self.combine_out_trade_no, [order.trade_status() for order in self.sub_orders]
        )


class _RefundAmount(_Answer):
    refund: int = Field(strict=True)


class Refund(_Answer):
    """A refund; a report calls its state `refund_status` and says which platform asked for it."""

    out_refund_no: str
    state: str = Field(validation_alias=AliasChoices("status", "refund_status"))
    amount: _RefundAmount
    refund_id: str | None = None
    success_time: AwareDatetime | None = None
    sp_mchid: str | None = None

    def status(self) -> RefundStatus:
        """Return how it stands."""
        state = _REFUND_STATES.get(self.state, "unknown")
        return RefundStatus(
            self.out_refund_no,
            state,
            amount_fen=self.amount.refund,
            done_at=self.success_time,
            reference=self.refund_id,
            reason=self.state if state == "failed" else None,
        )


def read_answer(model: type[_A], answer: dict[str, Any]) -> _A:
    """Read an answer, or raise `ProviderAway` where it says something else than it should."""
    try:
        return model.model_validate(answer)
    except ValidationError as error:
        raise ProviderAway("an answer that can't be read") from error


def read_report(
    report: dict[str, Any], merchant: str
) -> tuple[Literal["payment", "refund"], PaymentStatus | RefundStatus]:
    """Read a report that was verified, or raise `ValueError` where it is none of ours."""
    event, resource = str(report.get("event_type")), report.get("resource")
    if not isinstance(resource, dict):
        raise ValueError("a report about nothing")  # noqa: TRY004 - data, not a caller's mistake
    if event.startswith("REFUND."):
        refund = Refund.model_validate(resource)
        if refund.sp_mchid != merchant:
            raise ValueError("a refund that another platform asked for")
        id_of(refund.out_refund_no)
        return "refund", refund.status()
    if not event.startswith("TRANSACTION."):
        raise ValueError("a report about something else than payments and refunds")
    kind = Combined if "combine_out_trade_no" in resource else Transaction
    status = kind.model_validate(resource).status(merchant)
    id_of(status.number)
    return "payment", status
