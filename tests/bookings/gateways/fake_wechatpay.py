"""WeChat Pay APIv3 as far as bookings uses it: real signatures, real sealing, and a memory.

It believes nothing that our API certificate's key didn't sign, and signs whatever it says.
"""

import json
import re
import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from aiohttp import web
from aiohttp.typedefs import Handler

from tests.bookings.gateways.faults import Faults
from tests.bookings.gateways.keys import KeyPair
from tests.bookings.gateways.wechatpay_words import (
    APP_ID,
    CERTIFICATE_SERIAL,
    MERCHANT,
    NEW_CERTIFICATE,
    PUBLIC_KEY_ID,
    Refusal,
    Trade,
    seal,
    told_of,
)

_AUTHORIZATION: Final = re.compile(
    r'WECHATPAY2-SHA256-RSA2048 mchid="(\d+)",nonce_str="(\w+)",signature="([^"]+)",'
    r'timestamp="(\d+)",serial_no="(\w+)"'
)


@dataclass
class FakeWechatPay:
    """`merchant` holds our key, `platform` signs by public key, `renewed` by a new certificate."""

    merchant: KeyPair
    platform: KeyPair
    renewed: KeyPair
    trades: dict[str, Trade] = field(default_factory=dict)
    combined: dict[str, list[str]] = field(default_factory=dict)
    refunds: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)
    downloads: int = 0
    faults: Faults = field(default_factory=Faults)

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._guard])
        partner = "/v3/pay/partner/transactions"
        combine = "/v3/combine-transactions"
        app.add_routes(
            [
                web.post(partner + "/{page:h5|native}", self._begin),
                web.get(partner + "/out-trade-no/{number}", self._show),
                web.post(partner + "/out-trade-no/{number}/close", self._close),
                web.post(combine + "/{page:h5|native}", self._begin_combined),
                web.get(combine + "/out-trade-no/{number}", self._show_combined),
                web.post(combine + "/out-trade-no/{number}/close", self._close_combined),
                web.post("/v3/refund/domestic/refunds", self._refund),
                web.get("/v3/refund/domestic/refunds/{number}", self._show_refund),
                web.get("/v3/certificates", self._show_certificates),
            ]
        )
        return app

    # What happens at the visitor's and the operator's end.

    def pay(self, number: str) -> None:
        for trade in self._trades(number):
            trade.state, trade.paid_at = "SUCCESS", datetime.now(UTC).isoformat(timespec="seconds")
            trade.transaction = f"42{secrets.randbelow(10**26):026}"

    def finish_refund(self, number: str, state: str = "SUCCESS") -> None:
        self.refunds[number] |= {
            "status": state,
            "success_time": datetime.now(UTC).isoformat(timespec="seconds"),
        }

    def payment_report(
        self, number: str, *, by_certificate: bool = False, **changes: Any
    ) -> tuple[dict[str, str], bytes]:
        told = self._tell_combined(number) if number in self.combined else self._tell(number)
        return self.report("TRANSACTION.SUCCESS", told | changes, by_certificate=by_certificate)

    def refund_report(self, number: str, **changes: Any) -> tuple[dict[str, str], bytes]:
        refund = dict(self.refunds[number])
        refund["refund_status"] = refund.pop("status")
        event = f"REFUND.{refund['refund_status']}"
        return self.report(event, refund | {"sp_mchid": MERCHANT} | changes)

    def report(
        self, event: str, resource: dict[str, Any], *, age: int = 0, by_certificate: bool = False
    ) -> tuple[dict[str, str], bytes]:
        body = {
            "id": secrets.token_hex(16),
            "create_time": datetime.now(UTC).isoformat(timespec="seconds"),
            "resource_type": "encrypt-resource",
            "event_type": event,
            "summary": "支付成功",
            "resource": {"original_type": "transaction"} | seal(json.dumps(resource)),
        }
        text = json.dumps(body, ensure_ascii=False)
        return self._signature(text, age, by_certificate=by_certificate), text.encode()

    # The API.

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if (broken := await self.faults.before()) is not None:
            return broken
        if not self._is_genuine(request, body := await request.text()):
            return web.json_response({"code": "SIGN_ERROR"}, status=401)
        if body:
            self.asked.append(json.loads(body))
        try:
            response = await handler(request)
        except Refusal as refusal:
            response = web.json_response({"code": refusal.code}, status=refusal.status)
        assert isinstance(response, web.Response)
        if self.faults.now != "unsigned":
            response.headers.update(self._signature(response.text or ""))
        return response

    def _is_genuine(self, request: web.Request, body: str) -> bool:
        said = _AUTHORIZATION.fullmatch(request.headers.get("Authorization", ""))
        if said is None or said[1] != MERCHANT or said[5] != CERTIFICATE_SERIAL:
            return False
        signed = f"{request.method}\n{request.path_qs}\n{said[4]}\n{said[2]}\n{body}\n"
        return self.merchant.verifies(signed, said[3]) and abs(time.time() - int(said[4])) < 300

    def _signature(
        self, body: str, age: int = 0, *, by_certificate: bool = False
    ) -> dict[str, str]:
        timestamp, nonce = str(int(time.time()) - age), secrets.token_hex(16)
        key = self.renewed if by_certificate else self.platform
        return {
            "Wechatpay-Timestamp": timestamp,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Signature": key.sign(f"{timestamp}\n{nonce}\n{body}\n"),
            "Wechatpay-Serial": f"{NEW_CERTIFICATE:X}" if by_certificate else PUBLIC_KEY_ID,
            "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
        }

    async def _begin(self, request: web.Request) -> web.Response:
        asked = await request.json()
        assert (asked["sp_mchid"], asked["sp_appid"]) == (MERCHANT, APP_ID)
        self._open(asked["out_trade_no"], asked["sub_mchid"], asked["amount"]["total"])
        return self._address(request, asked)

    async def _begin_combined(self, request: web.Request) -> web.Response:
        asked = await request.json()
        assert (asked["combine_mchid"], asked["combine_appid"]) == (MERCHANT, APP_ID)
        for order in asked["sub_orders"]:
            assert order["mchid"] == MERCHANT
            self._open(order["out_trade_no"], order["sub_mchid"], order["amount"]["total_amount"])
        numbers = [order["out_trade_no"] for order in asked["sub_orders"]]
        self.combined[asked["combine_out_trade_no"]] = numbers
        return self._address(request, asked)

    def _open(self, number: str, sub_merchant: str, total: int) -> None:
        assert re.fullmatch(r"[0-9A-Za-z]{1,32}", number)
        known = self.trades.setdefault(number, Trade(number, sub_merchant, total))
        if (known.sub_merchant, known.total) != (sub_merchant, total):
            raise Refusal(403, "OUT_TRADE_NO_USED")
        if known.state == "SUCCESS":
            raise Refusal(400, "ORDERPAID")

    def _address(self, request: web.Request, asked: dict[str, Any]) -> web.Response:
        assert asked["scene_info"]["payer_client_ip"]
        datetime.fromisoformat(asked["time_expire"])
        if request.match_info["page"] == "native":
            return web.json_response(
                {"code_url": "weixin://wxpay/bizpayurl/up?pr=NwY5Mz9&groupid=00"}
            )
        assert asked["scene_info"]["h5_info"]["type"] == "Wap"
        return web.json_response(
            {
                "h5_url": "https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx1&package=2"
            }
        )

    async def _show(self, request: web.Request) -> web.Response:
        told = self._tell(request.match_info["number"])
        if dict(request.query) != {"sp_mchid": MERCHANT, "sub_mchid": told["sub_mchid"]}:
            raise Refusal(400, "PARAM_ERROR")
        return web.json_response(told)

    async def _show_combined(self, request: web.Request) -> web.Response:
        return web.json_response(self._tell_combined(request.match_info["number"]))

    async def _close(self, request: web.Request) -> web.Response:
        return self._end(request.match_info["number"])

    async def _close_combined(self, request: web.Request) -> web.Response:
        number = request.match_info["number"]
        asked = {order["out_trade_no"] for order in (await request.json())["sub_orders"]}
        assert asked == set(self.combined.get(number, asked))
        return self._end(number)

    def _end(self, number: str) -> web.Response:
        trades = self._trades(number)
        if any(trade.state == "SUCCESS" for trade in trades):
            raise Refusal(400, "ORDERPAID")
        for trade in trades:
            trade.state = "CLOSED"
        return web.Response(status=204)

    async def _refund(self, request: web.Request) -> web.Response:
        asked = await request.json()
        number, amount = asked["out_refund_no"], asked["amount"]
        (trade,) = self._trades(asked["out_trade_no"])
        assert (trade.sub_merchant, trade.total) == (asked["sub_mchid"], amount["total"])
        if number not in self.refunds:
            if trade.state not in {"SUCCESS", "REFUND"}:
                raise Refusal(400, "INVALID_REQUEST")
            if trade.refunded + amount["refund"] > trade.total:
                raise Refusal(403, "NOT_ENOUGH")
            trade.refunded, trade.state = trade.refunded + amount["refund"], "REFUND"
            self.refunds[number] = {
                "refund_id": f"50{secrets.randbelow(10**26):026}",
                "out_refund_no": number,
                "out_trade_no": trade.number,
                "sub_mchid": trade.sub_merchant,
                "status": "PROCESSING",
                "amount": {"total": trade.total, "refund": amount["refund"], "currency": "CNY"},
            }
        return web.json_response(self.refunds[number])

    async def _show_refund(self, request: web.Request) -> web.Response:
        refund = self.refunds.get(request.match_info["number"])
        if refund is None or request.query["sub_mchid"] != refund["sub_mchid"]:
            raise Refusal(404, "RESOURCE_NOT_EXISTS")
        return web.json_response(refund)

    async def _show_certificates(self, _request: web.Request) -> web.Response:
        self.downloads += 1
        entry = {
            "serial_no": f"{NEW_CERTIFICATE:X}",
            "effective_time": "2026-01-01T00:00:00+08:00",
            "expire_time": "2031-01-01T00:00:00+08:00",
            "encrypt_certificate": seal(self.renewed.certificate(NEW_CERTIFICATE)),
        }
        return web.json_response({"data": [entry]})

    def _trades(self, number: str) -> list[Trade]:
        numbers = self.combined.get(number, [number])
        if any(one not in self.trades for one in numbers):
            raise Refusal(404, "ORDER_NOT_EXIST")
        return [self.trades[one] for one in numbers]

    def _tell(self, number: str) -> dict[str, Any]:
        (trade,) = self._trades(number)
        return told_of(trade) | {
            "sp_mchid": MERCHANT,
            "amount": {"total": trade.total, "payer_total": trade.total, "currency": "CNY"},
        }

    def _tell_combined(self, number: str) -> dict[str, Any]:
        orders = [
            told_of(trade)
            | {"mchid": MERCHANT, "amount": {"total_amount": trade.total, "currency": "CNY"}}
            for trade in self._trades(number)
        ]
        return {
            "combine_out_trade_no": number,
            "combine_mchid": MERCHANT,
            "combine_payer_info": {"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},
            "sub_orders": orders,
        }
