"""WeChat Pay: H5 on phones, a code on screens, several operators by one combined payment (合单).

Partner mode: we ask, the operator (`sub_mchid`) is paid. A bill of one part is a plain transaction,
one of several a combined transaction, whose parts are taken together or not at all.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import quote

import requests
from wechatpayv3 import WeChatPayType

from services.bookings.payments.calls import Calls
from services.bookings.payments.gateway_settings import WechatPaySettings
from services.bookings.payments.provider import (
    Bill,
    Callback,
    CallbackNotGenuine,
    Charge,
    PaymentStatus,
    ProviderAway,
    ProviderRefused,
    RefundCharge,
    RefundStatus,
    Started,
)
from services.bookings.payments.trades import trade_of, trades_of
from services.bookings.payments.wechatpay_answers import (
    Begun,
    Combined,
    Refund,
    Transaction,
    read_answer,
    read_report,
)
from services.bookings.payments.wechatpay_client import SignatureRefused, WechatPayClient
from shared.contracts.bookings import OnlineMethod
from shared.core.clock import SHANGHAI, Clock

_LONGEST_DESCRIPTION: Final = 120
_LONGEST_REASON: Final = 80
_NOT_BEGUN: Final = frozenset({"ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS"})
_CLOSED: Final = frozenset({"ORDER_CLOSED", "ORDERCLOSED"})
_TAKEN_IN: Final = b'{"code":"SUCCESS"}'
_TOO_OFTEN: Final = 429
_CLIENT_ERRORS: Final = range(400, 500)
_SUCCESSES: Final = range(200, 300)


class WechatPay:
    """The provider `wechatpay`, by the library `wechatpayv3` on threads of its own."""

    method: Final[OnlineMethod] = "wechatpay"

    def __init__(self, settings: WechatPaySettings, clock: Clock) -> None:
        self._merchant = settings.merchant
        self._client = WechatPayClient(settings, clock)
        self._calls = Calls("wechatpay", threads=settings.threads, seconds=settings.timeout_seconds)

    async def start(self, charge: Charge) -> Started:
        """Open the payment and return the page, or the code, where the visitor pays."""
        on_phone = charge.device == "phone"
        scene: dict[str, Any] = {"payer_client_ip": charge.payer_ip}
        if on_phone:
            scene["h5_info"] = {"type": "Wap"}
        common = {
            "time_expire": charge.expires_at.astimezone(SHANGHAI).isoformat(timespec="seconds"),
            "notify_url": charge.notify_url,
            "scene_info": scene,
            "pay_type": WeChatPayType.H5 if on_phone else WeChatPayType.NATIVE,
        }
        if len(charge.bill.parts) == 1:
            answer = await self._ask(self._client.pay, **common, **_plain(charge))
        else:
            answer = await self._ask(
                self._client.combine_pay, **common, **_combined(charge, self._merchant)
            )
        begun = read_answer(Begun, answer)
        if on_phone and begun.h5_url:
            return Started(f"{begun.h5_url}&redirect_url={quote(charge.return_url, safe='')}")
        if not on_phone and begun.code_url:
            return Started(begun.code_url, shown_as="code")
        raise ProviderAway("an answer without an address")

    async def query(self, bill: Bill) -> PaymentStatus:
        """Ask how a payment stands; amounts and payees are those that WeChat Pay reports."""
        try:
            if len(bill.parts) == 1:
                merchant = bill.parts[0].merchant
                answer = await self._ask(
                    self._client.query, out_trade_no=bill.number, sub_mchid=merchant
                )
                status = read_answer(Transaction, answer).status(self._merchant)
            else:
                answer = await self._ask(self._client.combine_query, bill.number)
                status = read_answer(Combined, answer).status(self._merchant)
        except ProviderRefused as refusal:
            if refusal.reason in _NOT_BEGUN:
                return PaymentStatus(bill.number, "pending")
            raise
        except ValueError as error:
            raise ProviderAway(str(error)) from error
        if status.number != bill.number:
            raise ProviderAway("an answer about another payment")
        return status

    async def close(self, bill: Bill) -> bool:
        """End an unpaid payment; WeChat Pay knows each from its start, so that always ends it."""
        try:
            if len(bill.parts) == 1:
                await self._ask(self._client.close, bill.number, sub_mchid=bill.parts[0].merchant)
            else:
                sub_orders = [
                    {
                        "mchid": self._merchant,
                        "sub_mchid": trade.part.merchant,
                        "out_trade_no": trade.number,
                    }
                    for trade in trades_of(bill)
                ]
                await self._ask(self._client.combine_close, bill.number, sub_orders)
        except ProviderRefused as refusal:
            if refusal.reason not in _NOT_BEGUN | _CLOSED:
                raise
        return True

    async def refund(self, refund: RefundCharge) -> RefundStatus:
        """Ask for money back; WeChat Pay takes the same number twice for one refund."""
        trade = trade_of(refund.bill, refund.organisation_id)
        answer = await self._ask(
            self._client.refund,
            out_refund_no=refund.number,
            out_trade_no=trade.number,
            sub_mchid=trade.part.merchant,
            reason=refund.reason[:_LONGEST_REASON],
            notify_url=refund.notify_url,
            amount={
                "refund": refund.amount_fen,
                "total": trade.part.amount_fen,
                "currency": "CNY",
            },
        )
        return _refund_status(refund, answer)

    async def query_refund(self, refund: RefundCharge) -> RefundStatus:
        """Ask how a refund stands."""
        try:
            answer = await self._ask(
                self._client.query_refund,
                refund.number,
                sub_mchid=trade_of(refund.bill, refund.organisation_id).part.merchant,
            )
        except ProviderRefused as refusal:
            if refusal.reason in _NOT_BEGUN:
                return RefundStatus(refund.number, "unknown")
            raise
        return _refund_status(refund, answer)

    async def verify_callback(self, headers: Mapping[str, str], body: bytes) -> Callback:
        """Read a report: signature, five minutes, our merchant; decrypted by the APIv3 key.

        Raises `ProviderAway` where it names a certificate that can't be fetched now: WeChat Pay
        sends it again.
        """
        try:
            report = await self._calls.run(self._client.open_report, headers, body.decode("utf-8"))
            kind, status = read_report(report, self._merchant)
        except requests.RequestException as error:
            raise ProviderAway("a certificate that can't be fetched") from error
        except (SignatureRefused, ValueError) as error:
            raise CallbackNotGenuine(str(error)) from error
        return Callback(kind, status, _TAKEN_IN, "application/json")

    async def aclose(self) -> None:
        """Let go of the threads."""
        await self._calls.aclose()

    async def _ask(
        self, function: Callable[..., tuple[int, str | bytes]], *arguments: object, **named: object
    ) -> dict[str, Any]:
        """Call the library on a thread and return what was answered, `{}` for nothing.

        An answer that isn't signed by WeChat Pay says nothing about what happened there.
        """
        try:
            status, body = await self._calls.run(function, *arguments, **named)
        except requests.RequestException as error:
            raise ProviderAway("no answer") from error
        except SignatureRefused as error:
            raise ProviderAway(str(error)) from error
        answer = _read_object(body)
        if status in _SUCCESSES:
            return answer
        code = str(answer.get("code") or status)
        if status in _CLIENT_ERRORS and status != _TOO_OFTEN:
            raise ProviderRefused(code)
        raise ProviderAway(code)


def _plain(charge: Charge) -> dict[str, Any]:
    (part,) = charge.bill.parts
    return {
        "description": charge.description[:_LONGEST_DESCRIPTION],
        "out_trade_no": charge.bill.number,
        "amount": {"total": part.amount_fen, "currency": "CNY"},
        "sub_mchid": part.merchant,
        "attach": charge.order_code,
    }


def _combined(charge: Charge, merchant: str) -> dict[str, Any]:
    return {
        "combine_out_trade_no": charge.bill.number,
        "sub_orders": [
            {
                "mchid": merchant,
                "sub_mchid": trade.part.merchant,
                "out_trade_no": trade.number,
                "description": charge.description[:_LONGEST_DESCRIPTION],
                "attach": charge.order_code,
                "amount": {"total_amount": trade.part.amount_fen, "currency": "CNY"},
            }
            for trade in trades_of(charge.bill)
        ],
    }


def _refund_status(refund: RefundCharge, answer: dict[str, Any]) -> RefundStatus:
    status = read_answer(Refund, answer).status()
    if status.number != refund.number:
        raise ProviderAway("an answer about another refund")
    return status


def _read_object(body: str | bytes) -> dict[str, Any]:
    """Read a JSON object; a proxy's page of HTML says as little as no body."""
    try:
        answer = json.loads(body)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
