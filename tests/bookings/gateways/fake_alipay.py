"""Alipay's gateway as far as bookings uses it: one address, real signatures both ways, a memory.

A trade begins when the visitor opens the page that our signed address leads to.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from aiohttp import web

from shared.core.clock import SHANGHAI
from tests.bookings.gateways.faults import Faults
from tests.bookings.gateways.keys import KeyPair

APP_ID: Final = "2021000000000001"
PARTNER: Final = "2088000000000001"
_FORMAT: Final = "%Y-%m-%d %H:%M:%S"


@dataclass
class Trade:
    number: str
    asked: dict[str, Any]
    notify_url: str
    state: str = "WAIT_BUYER_PAY"
    paid_at: str | None = None
    refunds: dict[str, str] = field(default_factory=dict)
    trade_no: str = field(default_factory=lambda: f"20261122{secrets.randbelow(10**20):020}")

    @property
    def total(self) -> str:
        return str(self.asked["total_amount"])


class _Refusal(Exception):
    pass


@dataclass
class FakeAlipay:
    """`app` holds our key, `platform` is Alipay's own."""

    app_key: KeyPair
    platform: KeyPair
    trades: dict[str, Trade] = field(default_factory=dict)
    merges: dict[str, list[Trade]] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)
    trouble: dict[str, Any] | None = None
    refused_merchant: str | None = None

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/gateway.do", self._answer)
        return app

    # What happens at the visitor's end, and what Alipay reports.

    def pay(self, *numbers: str) -> None:
        for number in numbers:
            self.trades[number].state = "TRADE_SUCCESS"
            self.trades[number].paid_at = _now()

    def report(
        self,
        number: str,
        changes: Mapping[str, str] | None = None,
        *,
        signer: KeyPair | None = None,
        age: timedelta = timedelta(0),
    ) -> bytes:
        trade = self.trades[number]
        fields = {
            "notify_time": _now(age),
            "notify_type": "trade_status_sync",
            "notify_id": secrets.token_hex(16),
            "app_id": APP_ID,
            "charset": "utf-8",
            "version": "1.0",
            "out_trade_no": number,
            "trade_no": trade.trade_no,
            "trade_status": trade.state,
            "total_amount": trade.total,
            "seller_id": PARTNER,
            "subject": trade.asked["subject"],
            "passback_params": trade.asked["passback_params"],
        }
        if trade.paid_at:
            fields["gmt_payment"] = trade.paid_at
        fields |= changes or {}
        signature = (signer or self.platform).sign(_signed_text(fields))
        return urlencode(fields | {"sign_type": "RSA2", "sign": signature}).encode()

    # The gateway.

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if (broken := await self.faults.before()) is not None:
            return broken
        fields = dict(request.query)
        signature = fields.pop("sign", "")
        method = fields["method"]
        self.asked.append(fields)
        if not self.app_key.verifies(_signed_text(fields), signature):
            refused = {
                "code": "40002",
                "msg": "Invalid Arguments",
                "sub_code": "isv.invalid-signature",
            }
            return web.json_response({"error_response": refused})
        assert (fields["app_id"], fields["sign_type"]) == (APP_ID, "RSA2")
        sent_at = datetime.strptime(fields["timestamp"], _FORMAT).replace(tzinfo=SHANGHAI)
        assert abs(datetime.now(SHANGHAI) - sent_at) < timedelta(minutes=5)
        content = json.loads(fields["biz_content"])
        if method in {"alipay.trade.wap.pay", "alipay.trade.page.pay"}:
            self._open(content, fields["notify_url"])
            return web.Response(text="<html>支付宝</html>", content_type="text/html")
        if method == "alipay.trade.wap.merge.pay":
            for trade in self.merges[content["pre_order_no"]]:
                self.trades[trade.number] = trade
            return web.Response(text="<html>支付宝</html>", content_type="text/html")
        try:
            told = {"code": "10000", "msg": "Success"} | self._do(method, content, fields)
        except _Refusal as refusal:
            told = {"code": "40004", "msg": "Business Failed", "sub_code": str(refusal)}
        return self._signed(method, self.trouble or told)

    def _do(
        self, method: str, content: dict[str, Any], fields: Mapping[str, str]
    ) -> dict[str, Any]:
        match method:
            case "alipay.trade.merge.precreate":
                return self._merge(content, fields["notify_url"])
            case "alipay.trade.query":
                return _told(self._trade(content))
            case "alipay.trade.close":
                return self._close(content)
            case "alipay.trade.refund":
                return self._refund(content)
            case "alipay.trade.fastpay.refund.query":
                return self._show_refund(content)
            case _:
                raise _Refusal("isv.invalid-method")

    def _signed(self, method: str, told: dict[str, Any]) -> web.Response:
        inner = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
        name = method.replace(".", "_") + "_response"
        if self.faults.now == "unsigned":
            return web.Response(text=f'{{"{name}":{inner}}}', content_type="application/json")
        signature = self.platform.sign(inner)
        return web.Response(
            text=f'{{"{name}":{inner},"sign":"{signature}"}}', content_type="application/json"
        )

    def _open(self, content: dict[str, Any], notify_url: str) -> None:
        _check(content)
        number = content["out_trade_no"]
        self.trades.setdefault(number, Trade(number, content, notify_url))

    def _merge(self, content: dict[str, Any], notify_url: str) -> dict[str, Any]:
        datetime.strptime(content["time_expire"], _FORMAT)  # noqa: DTZ007 - only its form
        details = content["order_details"]
        for detail in details:
            _check(detail)
            assert detail["app_id"] == APP_ID
        pre_order = f"M{content['out_merge_no']}"
        self.merges[pre_order] = [
            Trade(detail["out_trade_no"], detail, notify_url) for detail in details
        ]
        results = [self._pre_order(detail) for detail in details]
        return {
            "out_merge_no": content["out_merge_no"],
            "pre_order_no": pre_order,
            "order_detail_results": results,
        }

    def _pre_order(self, detail: dict[str, Any]) -> dict[str, Any]:
        told = {"app_id": APP_ID, "out_trade_no": detail["out_trade_no"]}
        if detail["sub_merchant"]["merchant_id"] == self.refused_merchant:
            return told | {"success": False, "result_code": "MERCHANT_STATUS_NOT_NORMAL"}
        return told | {"success": True}

    def _trade(self, content: dict[str, Any]) -> Trade:
        if (trade := self.trades.get(content["out_trade_no"])) is None:
            raise _Refusal("ACQ.TRADE_NOT_EXIST")
        return trade

    def _close(self, content: dict[str, Any]) -> dict[str, Any]:
        trade = self._trade(content)
        if trade.state != "WAIT_BUYER_PAY":
            raise _Refusal("ACQ.TRADE_STATUS_ERROR")
        trade.state = "TRADE_CLOSED"
        return {"out_trade_no": trade.number, "trade_no": trade.trade_no}

    def _refund(self, content: dict[str, Any]) -> dict[str, Any]:
        trade, number = self._trade(content), content["out_request_no"]
        if trade.paid_at is None:
            raise _Refusal("ACQ.TRADE_STATUS_ERROR")
        moved = number not in trade.refunds
        if moved:
            asked = sum(_fen(amount) for amount in trade.refunds.values())
            if asked + _fen(content["refund_amount"]) > _fen(trade.total):
                raise _Refusal("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL")
            trade.refunds[number] = content["refund_amount"]
            if asked + _fen(content["refund_amount"]) == _fen(trade.total):
                trade.state = "TRADE_CLOSED"
        return {
            "out_trade_no": trade.number,
            "trade_no": trade.trade_no,
            "fund_change": "Y" if moved else "N",
            "refund_fee": trade.refunds[number],
        }

    def _show_refund(self, content: dict[str, Any]) -> dict[str, Any]:
        trade, number = self._trade(content), content["out_request_no"]
        if number not in trade.refunds:
            return {}
        assert content["query_options"] == ["gmt_refund_pay"]
        return {
            "out_trade_no": trade.number,
            "out_request_no": number,
            "trade_no": trade.trade_no,
            "refund_status": "REFUND_SUCCESS",
            "refund_amount": trade.refunds[number],
            "gmt_refund_pay": _now(),
        }


def _check(content: dict[str, Any]) -> None:
    """Refuse what Alipay would: a trade that doesn't settle all of itself with its merchant."""
    (settled,) = content["settle_info"]["settle_detail_infos"]
    assert settled == {"trans_in_type": "defaultSettle", "amount": content["total_amount"]}
    assert content["sub_merchant"]["merchant_id"]
    assert not set(content["subject"]) & set("/=&")


def _told(trade: Trade) -> dict[str, Any]:
    told = {
        "out_trade_no": trade.number,
        "trade_no": trade.trade_no,
        "trade_status": trade.state,
        "total_amount": trade.total,
        "buyer_logon_id": "159****5620",
    }
    return told | ({"send_pay_date": trade.paid_at} if trade.paid_at else {})


def _signed_text(fields: Mapping[str, str]) -> str:
    return "&".join(f"{name}={value}" for name, value in sorted(fields.items()))


def _now(age: timedelta = timedelta(0)) -> str:
    return (datetime.now(SHANGHAI) - age).strftime(_FORMAT)


def _fen(amount: str) -> int:
    yuan, fen = amount.split(".")
    return int(yuan) * 100 + int(fen)
