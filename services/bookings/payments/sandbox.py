"""The provider `sandbox`: a cashier that takes no money, for trying and for tests.

It does all that a real one does: a page to pay at, signed reports, questions, refunds that take
their time. `deploy/local/cashier` is its other side.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal, TypeVar

import aiohttp
from multidict import CIMultiDict
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import from_json, to_json

from services.bookings.payments.provider import (
    Bill,
    Callback,
    CallbackNotGenuine,
    Charge,
    PaidPart,
    PaymentState,
    PaymentStatus,
    ProviderAway,
    ProviderRefused,
    RefundCharge,
    RefundStatus,
    Started,
)
from services.bookings.payments.sandbox_signing import CALLBACK, is_signed, sign
from shared.contracts.bookings import OnlineMethod
from shared.http.connections import HttpConnections

TIMEOUT: Final = aiohttp.ClientTimeout(total=5.0, sock_connect=1.0)
NOT_FOUND: Final = 404
CLIENT_ERRORS: Final = range(400, 500)
SUCCESSES: Final = range(200, 300)
TAKEN_IN: Final = (b'{"taken":true}', "application/json")


class _Answer(BaseModel):
    """Something that the cashier says."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class _Opened(_Answer):
    pay_url: str


class _Part(_Answer):
    merchant: str
    amount_fen: int


class _ChargeAnswer(_Answer):
    number: str
    state: Literal["open", "paid", "declined", "closed"]
    amount_fen: int
    parts: tuple[_Part, ...]
    paid_at: datetime | None
    reference: str | None


class _RefundAnswer(_Answer):
    number: str
    state: Literal["accepted", "done"]
    amount_fen: int
    done_at: datetime | None
    reference: str


class _Report(_Answer):
    payment: _ChargeAnswer | None = None
    refund: _RefundAnswer | None = None


Model = TypeVar("Model", bound=_Answer)

STATES: Final[Mapping[str, PaymentState]] = {
    "open": "pending",
    "paid": "paid",
    "declined": "failed",
    "closed": "closed",
}


class Sandbox:
    """The provider `sandbox`, over HTTP; `key` is what both sides sign with."""

    method: Final[OnlineMethod] = "sandbox"

    def __init__(self, url: str, key: bytes, http: HttpConnections) -> None:
        self._url = url.rstrip("/")
        self._key = key
        self._http = http

    async def start(self, charge: Charge) -> Started:
        """Open the payment and return its page."""
        bill = charge.bill
        body = {
            "number": bill.number,
            "amount_fen": bill.amount_fen,
            "parts": [
                {"merchant": part.merchant, "amount_fen": part.amount_fen} for part in bill.parts
            ],
            "order_code": charge.order_code,
            "description": charge.description,
            "expires_at": charge.expires_at.isoformat(),
            "return_url": charge.return_url,
            "notify_url": charge.notify_url,
        }
        answer = await self._ask("POST", "/v1/charges", body)
        return Started(_read(_Opened, answer).pay_url)

    async def query(self, bill: Bill) -> PaymentStatus:
        """Ask how a payment stands."""
        answer = await self._ask("GET", f"/v1/charges/{bill.number}")
        if answer is None:
            return PaymentStatus(bill.number, "pending")
        return _payment_status(_read(_ChargeAnswer, answer))

    async def close(self, bill: Bill) -> bool:
        """End an unpaid payment; the cashier knows each from its start, so that always ends it."""
        await self._ask("POST", f"/v1/charges/{bill.number}/close", {})
        return True

    async def refund(self, refund: RefundCharge) -> RefundStatus:
        """Ask for money back."""
        body = {
            "number": refund.number,
            "charge_number": refund.bill.number,
            "merchant": refund.part.merchant,
            "amount_fen": refund.amount_fen,
            "reason": refund.reason,
            "notify_url": refund.notify_url,
        }
        answer = await self._ask("POST", "/v1/refunds", body)
        if answer is None:
            raise ProviderRefused("charge_unknown")
        return _refund_status(_read(_RefundAnswer, answer))

    async def query_refund(self, refund: RefundCharge) -> RefundStatus:
        """Ask how a refund stands."""
        answer = await self._ask("GET", f"/v1/refunds/{refund.number}")
        if answer is None:
            return RefundStatus(refund.number, "unknown")
        return _refund_status(_read(_RefundAnswer, answer))

    async def verify_callback(self, headers: Mapping[str, str], body: bytes) -> Callback:
        """Read a report: its signature, and that it is not older than five minutes."""
        if not is_signed(self._key, CALLBACK, body, CIMultiDict(headers)):
            raise CallbackNotGenuine("the signature does not fit")
        try:
            report = _Report.model_validate_json(body)
        except ValidationError as error:
            raise CallbackNotGenuine("signed, and no report") from error
        if report.payment is not None:
            return Callback("payment", _payment_status(report.payment), *TAKEN_IN)
        if report.refund is not None:
            return Callback("refund", _refund_status(report.refund), *TAKEN_IN)
        raise CallbackNotGenuine("a report about nothing")

    async def aclose(self) -> None:
        """Do nothing: the connections are the application's."""

    async def _ask(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
        """Return what the cashier answers, or None where it does not know the number."""
        data = b"" if body is None else to_json(body)
        headers = {"Content-Type": "application/json"} if data else {}
        headers |= sign(self._key, f"{method} {path}", data)
        try:
            async with self._http.session.request(
                method,
                self._url + path,
                data=data or None,
                headers=headers,
                allow_redirects=False,
                timeout=TIMEOUT,
            ) as response:
                status, raw = response.status, await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise ProviderAway(type(error).__name__) from error
        if status == NOT_FOUND:
            return None
        try:
            answer = from_json(raw or b"{}")
        except ValueError as error:
            raise ProviderAway("an answer that is no JSON") from error
        if status in SUCCESSES:
            return answer
        if status in CLIENT_ERRORS and isinstance(answer, dict):
            raise ProviderRefused(str(answer.get("code", status)))
        raise ProviderAway(str(status))


def _read(model: type[Model], answer: object) -> Model:
    try:
        return model.model_validate(answer)
    except ValidationError as error:
        raise ProviderAway("an answer of another kind") from error


def _payment_status(said: _ChargeAnswer) -> PaymentStatus:
    if said.state != "paid":
        return PaymentStatus(said.number, STATES[said.state])
    return PaymentStatus(
        said.number,
        "paid",
        amount_fen=said.amount_fen,
        paid_at=said.paid_at,
        reference=said.reference,
        parts=tuple(
            PaidPart(part.merchant, part.amount_fen, said.reference) for part in said.parts
        ),
    )


def _refund_status(said: _RefundAnswer) -> RefundStatus:
    return RefundStatus(
        said.number,
        said.state,
        amount_fen=said.amount_fen,
        done_at=said.done_at,
        reference=said.reference,
    )
