"""The library `python-alipay-sdk`, pointed at a gateway of our choice.

It blocks, so it is called on threads. Its gateway is fixed in it, its timestamps are the host's
local time where Alipay wants Beijing's, and what Alipay refuses it tells as one text.
"""

import json
import logging
from typing import Any, Final

from alipay import AliPay
from alipay.exceptions import AliPayValidationError
from alipay.utils import AliPayConfig

from services.bookings.payments.gateway_settings import AlipaySettings
from services.bookings.payments.provider import ProviderAway, ProviderRefused
from shared.core.clock import SHANGHAI, Clock

TIME_FORMAT: Final = "%Y-%m-%d %H:%M:%S"
_SUCCESS: Final = "10000"
_UNAVAILABLE: Final = "20000"
# The same number may be tried again: 网关返回码 "isp.*" and the trade system's own troubles.
_PASSING: Final = frozenset({"ACQ.SYSTEM_ERROR", "aop.ACQ.SYSTEM_ERROR", "isv.app-call-limited"})

# Importing the library gives its logger a handler of its own, past our log's format.
logging.getLogger("python-alipay-sdk").handlers.clear()


class AlipayClient(AliPay):  # type: ignore[misc]  # the library has no types
    """The library's client with RSA2, our gateway, Beijing's time, and refusals by their code."""

    def __init__(self, settings: AlipaySettings, clock: Clock) -> None:
        super().__init__(
            appid=settings.app_id,
            app_private_key_string=settings.private_key.get_secret_value(),
            alipay_public_key_string=settings.public_key,
            sign_type="RSA2",
            config=AliPayConfig(timeout=settings.timeout_seconds),
        )
        self._gateway = settings.gateway_url
        self._clock = clock

    def build_body(
        self, method: str, biz_content: dict[str, Any] | None = None, **named: object
    ) -> dict[str, Any]:
        """Build a request; its time is Beijing's, wherever this host stands."""
        named["timestamp"] = self._clock.now().astimezone(SHANGHAI).strftime(TIME_FORMAT)
        body: dict[str, Any] = super().build_body(method, biz_content, **named)
        return body

    def page(self, signed: str) -> str:
        """Return the address at which a signed request is opened by a browser."""
        return f"{self._gateway}?{signed}"

    def _verify_and_return_sync_response(
        self, raw_string: str, response_type: str
    ) -> dict[str, Any]:
        """Return a signed answer, or raise `ProviderRefused` by its code, or `ProviderAway`."""
        answer = json.loads(raw_string)
        if not isinstance(answer, dict):
            raise ProviderAway("an answer that can't be read")
        if "sign" in answer and response_type in answer and "error_response" not in answer:
            try:
                return _successful(
                    super()._verify_and_return_sync_response(raw_string, response_type)
                )
            except AliPayValidationError as error:
                raise ProviderAway("an answer that Alipay didn't sign") from error
        _successful(answer.get("error_response") or answer.get(response_type))
        raise ProviderAway("an answer that nobody signed")


def _successful(answer: object) -> dict[str, Any]:
    if not isinstance(answer, dict):
        raise ProviderAway("an answer that can't be read")
    code = str(answer.get("code"))
    if code == _SUCCESS:
        return answer
    reason = str(answer.get("sub_code") or code)
    if code == _UNAVAILABLE or reason in _PASSING or reason.startswith("isp."):
        raise ProviderAway(reason)
    raise ProviderRefused(reason)
