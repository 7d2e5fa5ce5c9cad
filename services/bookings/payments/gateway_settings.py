"""What the gateways of WeChat Pay and Alipay must be told; each is off where it is not set."""

from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


def _is_safe(url: str) -> str:
    """Answers are believed by who sent them, so plain HTTP is for a gateway on this host only."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise ValueError("a payment gateway is spoken to by https")
    if parts.username or parts.query or parts.fragment or not parts.hostname:
        raise ValueError("the address of a gateway is a scheme, a host and a path")
    return url.rstrip("/")


GatewayUrl = Annotated[str, AfterValidator(_is_safe)]


class _GatewaySettings(BaseModel):
    """What both have in common. Keys are PEM texts, line breaks included."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    timeout_seconds: float = Field(
        10.0, gt=0, le=60, description="How long one call may take, waiting for a thread included."
    )
    threads: int = Field(4, ge=1, le=32, description="How many calls may be under way at once.")


class WechatPaySettings(_GatewaySettings):
    """WeChat Pay APIv3 as a service provider (服务商): operators are its sub-merchants.

    Answers are verified by the platform's public key (微信支付公钥). Certificates of the platform
    are fetched by themselves where an answer names one, as in the weeks of a changeover.
    """

    gateway_url: GatewayUrl = "https://api.mch.weixin.qq.com"
    app_id: str = Field(min_length=1, description="App id (appid) that is bound to the merchant.")
    merchant: str = Field(min_length=1, description="Our own merchant number (sp_mchid).")
    certificate_serial: str = Field(
        pattern=r"^[0-9A-Fa-f]+$", description="Serial number of our API certificate, in hex."
    )
    private_key: SecretStr = Field(description="Private key of our API certificate (PKCS#8).")
    api_key: Annotated[SecretStr, Field(min_length=32, max_length=32)] = Field(
        description="The APIv3 key, which seals reports and certificates (AES-256-GCM)."
    )
    public_key: str = Field(description="Public key of WeChat Pay.")
    public_key_id: str = Field(pattern=r"^PUB_KEY_ID_\w+$", description="Id of that public key.")


class AlipaySettings(_GatewaySettings):
    """Alipay for platforms (直付通): operators are its secondary merchants."""

    gateway_url: GatewayUrl = "https://openapi.alipay.com/gateway.do"
    app_id: str = Field(pattern=r"^\d+$", description="App id of the platform.")
    partner: str = Field(pattern=r"^2088\d{12}$", description="User id (PID) that signed for it.")
    private_key: SecretStr = Field(description="Private key of the app (RSA2).")
    public_key: str = Field(description="Public key of Alipay for this app.")
