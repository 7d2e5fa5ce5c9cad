"""The library `wechatpayv3`, pointed at a gateway of our choice and stricter in what it believes.

It blocks, so it is called on threads. What it lacks is added by subclasses: the address is fixed in
it, it takes signatures of any age, and it fetches certificates as often as somebody names a serial
number that it doesn't know.
"""

import json
import re
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from wechatpayv3 import WeChatPay, WeChatPayType
from wechatpayv3.core import Core

from services.bookings.payments.gateway_settings import WechatPaySettings
from services.bookings.payments.provider import ProviderAway
from shared.core.clock import Clock

# The documentation of APIv3 (证书和回调报文验签) asks for it.
_WINDOW: Final = timedelta(minutes=5)
_RENEWAL_INTERVAL: Final = timedelta(minutes=1)
_ALGORITHM: Final = "WECHATPAY2-SHA256-RSA2048"
_SIGNED_BY: Final = (
    "Wechatpay-Signature",
    "Wechatpay-Signature-Type",
    "Wechatpay-Serial",
    "Wechatpay-Timestamp",
    "Wechatpay-Nonce",
)
_SECONDS: Final = re.compile(r"[0-9]{1,12}")
_SERIAL: Final = re.compile(r"[0-9A-Fa-f]{1,64}")


class SignatureRefused(Exception):
    """An answer or report that WeChat Pay did not sign, or signed too long ago."""


class _StrictCore(Core):  # type: ignore[misc]  # the library has no types
    """The library's core, with our gateway, a time window, and certificates fetched rarely."""

    def __init__(self, settings: WechatPaySettings, clock: Clock) -> None:
        super().__init__(
            mchid=settings.merchant,
            cert_serial_no=settings.certificate_serial,
            private_key=settings.private_key.get_secret_value(),
            apiv3_key=settings.api_key.get_secret_value(),
            timeout=settings.timeout_seconds,
            public_key=settings.public_key,
            public_key_id=settings.public_key_id,
        )
        self._gate_way = settings.gateway_url
        self._clock = clock
        self._renewing = threading.Lock()
        self._renewed_at: datetime | None = None

    def _verify_signature(self, headers: Mapping[str, str], body: str) -> bool:
        """Check signature and time of an answer or a report, whatever the case of its headers."""
        folded = {name.lower(): value for name, value in headers.items()}
        signed = {name: folded.get(name.lower(), "") for name in _SIGNED_BY}
        serial = signed["Wechatpay-Serial"]
        if serial != self._public_key_id and not _SERIAL.fullmatch(serial):
            raise SignatureRefused("no key has this serial number")
        if signed["Wechatpay-Signature-Type"] != _ALGORITHM:
            raise SignatureRefused("signed by another algorithm")
        if not self._is_recent(signed["Wechatpay-Timestamp"]):
            raise SignatureRefused("signed too long ago, or in the future")
        if not super()._verify_signature(signed, body):
            raise SignatureRefused("the signature is not theirs")
        return True

    def _is_recent(self, timestamp: str) -> bool:
        if not _SECONDS.fullmatch(timestamp):
            return False
        return abs(self._clock.now().timestamp() - int(timestamp)) <= _WINDOW.total_seconds()

    def _update_certificates(self) -> None:
        """Fetch the platform's certificates, at most once a minute, and keep the old ones if not.

        Anybody may send a report with a made-up serial number; that must not become our load on
        the gateway.
        """
        with self._renewing:
            now = self._clock.now()
            if self._renewed_at is not None and now - self._renewed_at < _RENEWAL_INTERVAL:
                return
            self._renewed_at = now
            known = list(self._certificates)
            try:
                super()._update_certificates()
                if not self._certificates:
                    raise ProviderAway("no certificate of the platform to be had")
            except (AttributeError, TypeError, ValueError) as error:
                raise ProviderAway("certificates that can't be read") from error
            finally:
                if not self._certificates:
                    self._certificates.extend(known)


class WechatPayClient(WeChatPay):  # type: ignore[misc]  # the library has no types
    """The library's client in partner mode: the platform asks, its sub-merchants are paid."""

    def __init__(self, settings: WechatPaySettings, clock: Clock) -> None:
        core = _StrictCore(settings, clock)
        super().__init__(
            WeChatPayType.H5,
            mchid=settings.merchant,
            private_key=settings.private_key.get_secret_value(),
            cert_serial_no=settings.certificate_serial,
            appid=settings.app_id,
            apiv3_key=settings.api_key.get_secret_value(),
            partner_mode=True,
            public_key=settings.public_key,
            public_key_id=settings.public_key_id,
        )
        self._core = core

    def open_report(self, headers: Mapping[str, str], body: str) -> dict[str, Any]:
        """Verify a report and return it with its resource decrypted.

        Raises `SignatureRefused`, `requests.RequestException` where a certificate can't be
        fetched, and `ValueError` where it can't be decrypted or read.
        """
        sealed = json.loads(body)
        if not isinstance(sealed, dict) or not isinstance(sealed.get("resource"), dict):
            raise ValueError("a report about nothing")  # noqa: TRY004 - data, not a type error
        report = self.callback(headers, body)
        if not isinstance(report, dict):
            raise ValueError("a report that our key doesn't open")  # noqa: TRY004 - the same
        return report
