"""What WeChat Pay's gateway knows of us, remembers, refuses, and how it seals a secret."""

import secrets
from base64 import b64encode
from dataclasses import dataclass
from typing import Any, Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MERCHANT: Final = "1900000100"
APP_ID: Final = "wx0000000000000001"
PUBLIC_KEY_ID: Final = "PUB_KEY_ID_0119000001002026"
CERTIFICATE_SERIAL: Final = "5157F09EFDC096DE15EBE81A47057A7232F1B8E1"
API_KEY: Final = "0123456789abcdef0123456789abcdef"
NEW_CERTIFICATE: Final = 0x7C0FFEE5AFE


@dataclass
class Trade:
    number: str
    sub_merchant: str
    total: int
    state: str = "NOTPAY"
    paid_at: str | None = None
    transaction: str | None = None
    refunded: int = 0


class Refusal(Exception):
    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


def told_of(trade: Trade) -> dict[str, Any]:
    told = {
        "out_trade_no": trade.number,
        "sub_mchid": trade.sub_merchant,
        "trade_state": trade.state,
        "transaction_id": trade.transaction,
        "success_time": trade.paid_at,
    }
    return {name: value for name, value in told.items() if value is not None}


def seal(text: str) -> dict[str, str]:
    nonce = secrets.token_hex(6)
    sealed = AESGCM(API_KEY.encode()).encrypt(nonce.encode(), text.encode(), b"transaction")
    return {
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": b64encode(sealed).decode(),
        "associated_data": "transaction",
        "nonce": nonce,
    }
