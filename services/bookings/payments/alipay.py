"""Alipay: its page on phones and screens, several operators by one merged payment (合并支付).

Platform mode (直付通): we ask, the operator (`sub_merchant`) is paid and Alipay settles with it. A
bill of one part is one trade, one of several is a trade each under one `out_merge_no`, which are
taken together or not at all.
"""

from collections.abc import Mapping
from http.client import HTTPException
from typing import Any, Final
from urllib.error import HTTPError
from urllib.parse import quote

from alipay.exceptions import AliPayException

from services.bookings.payments.alipay_answers import (
    Merged,
    Refund,
    Refunded,
    Report,
    TradeAnswer,
    read_answer,
    read_form,
    yuan,
)
from services.bookings.payments.alipay_client import TIME_FORMAT, AlipayClient
from services.bookings.payments.calls import Calls
from services.bookings.payments.gateway_settings import AlipaySettings
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
from services.bookings.payments.trades import (
    Trade,
    TradeStatus,
    merged,
    trade_of,
    trades_of,
)
from shared.contracts.bookings import OnlineMethod
from shared.core.clock import SHANGHAI, Clock

_LONGEST_SUBJECT: Final = 120
_LONGEST_REASON: Final = 120
_NOT_BEGUN: Final = "ACQ.TRADE_NOT_EXIST"
_WRONG_STATE: Final = frozenset({"ACQ.TRADE_STATUS_ERROR", "ACQ.REASON_TRADE_STATUS_INVALID"})
_TAKEN_IN: Final = b"success"
# Alipay takes no "/", "=" and "&" in a title.
_IN_TITLE: Final = str.maketrans({"/": "／", "=": "＝", "&": "＆"})


class Alipay:
    """The provider `alipay`, by the library `python-alipay-sdk` on threads of its own."""

    method: Final[OnlineMethod] = "alipay"

    def __init__(self, settings: AlipaySettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._client = AlipayClient(settings, clock)
        self._calls = Calls("alipay", threads=settings.threads, seconds=settings.timeout_seconds)

    async def start(self, charge: Charge) -> Started:
        """Sign the address of Alipay's page, where the visitor pays.

        A plain trade begins only when the visitor opens the page, so nothing is asked before.
        """
        expires_at = charge.expires_at.astimezone(SHANGHAI).strftime(TIME_FORMAT)
        if len(charge.bill.parts) > 1:
            return await self._start_merged(charge, expires_at)
        (trade,) = trades_of(charge.bill)
        pay = (
            self._client.api_alipay_trade_wap_pay
            if charge.device == "phone"
            else self._client.api_alipay_trade_page_pay
        )
        signed = await self._calls.run(
            pay,
            **_trade_fields(charge, trade),
            return_url=charge.return_url,
            notify_url=charge.notify_url,
            time_expire=expires_at,
        )
        return Started(self._client.page(signed))

    async def _start_merged(self, charge: Charge, expires_at: str) -> Started:
        details = [
            _trade_fields(charge, trade)
            | {"app_id": self._settings.app_id, "product_code": "QUICK_WAP_PAY"}
            for trade in trades_of(charge.bill)
        ]
        answer = await self._ask(
            "alipay.trade.merge.precreate",
            {
                "out_merge_no": charge.bill.number,
                "time_expire": expires_at,
                "order_details": details,
            },
            notify_url=charge.notify_url,
        )
        begun = read_answer(Merged, answer)
        for result in begun.order_detail_results:
            if not result.success:
                raise ProviderRefused(result.result_code or "a part was refused")
        signed = await self._calls.run(
            self._client.client_api,
            "alipay.trade.wap.merge.pay",
            {"pre_order_no": begun.pre_order_no},
            return_url=charge.return_url,
        )
        return Started(self._client.page(signed), reference=begun.pre_order_no)

    async def query(self, bill: Bill) -> PaymentStatus:
        """Ask how each trade of a payment stands; the payees are those of our signed request."""
        return merged(bill.number, [await self._query_trade(trade) for trade in trades_of(bill)])

    async def close(self, bill: Bill) -> bool:
        """End an unpaid payment; one whose page was not opened yet can't be ended."""
        ended = True
        for trade in trades_of(bill):
            try:
                await self._ask("alipay.trade.close", {"out_trade_no": trade.number})
            except ProviderRefused as refusal:
                if refusal.reason == _NOT_BEGUN:
                    ended = False
                elif refusal.reason not in _WRONG_STATE or not await self._is_closed(trade):
                    raise
        return ended

    async def refund(self, refund: RefundCharge) -> RefundStatus:
        """Ask for money back; Alipay takes the same number twice for one refund.

        Its success means that the request stands. That the money moved, a query tells.
        """
        trade = trade_of(refund.bill, refund.organisation_id)
        answer = read_answer(
            Refunded,
            await self._ask(
                "alipay.trade.refund",
                {
                    "out_trade_no": trade.number,
                    "out_request_no": refund.number,
                    "refund_amount": yuan(refund.amount_fen),
                    "refund_reason": refund.reason[:_LONGEST_REASON],
                },
            ),
        )
        if answer.out_trade_no != trade.number:
            raise ProviderAway("an answer about another payment")
        return RefundStatus(refund.number, "accepted", reference=answer.trade_no)

    async def query_refund(self, refund: RefundCharge) -> RefundStatus:
        """Ask how a refund stands."""
        trade = trade_of(refund.bill, refund.organisation_id)
        try:
            answer = await self._ask(
                "alipay.trade.fastpay.refund.query",
                {
                    "out_trade_no": trade.number,
                    "out_request_no": refund.number,
                    "query_options": ["gmt_refund_pay"],
                },
            )
        except ProviderRefused as refusal:
            if refusal.reason == _NOT_BEGUN:
                return RefundStatus(refund.number, "unknown")
            raise
        return read_answer(Refund, answer).status(refund.number)

    async def verify_callback(self, headers: Mapping[str, str], body: bytes) -> Callback:  # noqa: ARG002 - Alipay signs the form alone
        """Read a report: signature, time, our app and our partner number."""
        try:
            fields = read_form(body)
            report = Report.model_validate(fields)
            signature = fields.pop("sign", "")
            genuine = await self._calls.run(self._client.verify, fields, signature)
            if not genuine or not signature:
                raise CallbackNotGenuine("the signature is not Alipay's")
            kind, status = report.read()
        except (AliPayException, ValueError) as error:
            raise CallbackNotGenuine(str(error)) from error
        ours = (self._settings.app_id, self._settings.partner)
        if (report.app_id, report.seller_id) != ours:
            raise CallbackNotGenuine("a report about another platform")
        if not report.is_recent(self._clock.now()):
            raise CallbackNotGenuine("sent too long ago, or in the future")
        return Callback(kind, status, _TAKEN_IN, "text/plain")

    async def aclose(self) -> None:
        """Let go of the threads."""
        await self._calls.aclose()

    async def _is_closed(self, trade: Trade) -> bool:
        return (await self._query_trade(trade)).state == "closed"

    async def _query_trade(self, trade: Trade) -> TradeStatus:
        try:
            answer = await self._ask("alipay.trade.query", {"out_trade_no": trade.number})
        except ProviderRefused as refusal:
            if refusal.reason == _NOT_BEGUN:
                return TradeStatus("pending")
            raise
        told = read_answer(TradeAnswer, answer)
        if told.out_trade_no != trade.number:
            raise ProviderAway("an answer about another payment")
        return told.status(trade.part.merchant)

    async def _ask(self, method: str, content: dict[str, Any], **named: str) -> dict[str, Any]:
        """Call the gateway on a thread and return what it answered, signed and successful."""
        try:
            return await self._calls.run(self._client.server_api, method, content, **named)
        except HTTPError as error:
            error.close()
            raise ProviderAway(f"answered {error.code}") from error
        except (OSError, HTTPException) as error:
            raise ProviderAway("no answer") from error
        except ValueError as error:
            raise ProviderAway("an answer that can't be read") from error


def _trade_fields(charge: Charge, trade: Trade) -> dict[str, Any]:
    """Describe a trade: whom it pays, and that Alipay settles all of it with them.

    `passback_params` comes back in the report, which doesn't name the payee by itself.
    """
    amount, merchant = yuan(trade.part.amount_fen), trade.part.merchant
    return {
        "out_trade_no": trade.number,
        "total_amount": amount,
        "subject": charge.description.translate(_IN_TITLE)[:_LONGEST_SUBJECT],
        "sub_merchant": {"merchant_id": merchant},
        "settle_info": {
            "settle_detail_infos": [{"trans_in_type": "defaultSettle", "amount": amount}]
        },
        "passback_params": quote(merchant, safe=""),
    }
