"""What bookings can be told from outside; every default works for the stack of `make run`."""

from typing import Annotated, ClassVar, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from services.bookings.payments.gateway_settings import AlipaySettings, WechatPaySettings
from shared.core.secret_keys import Key, KeyId, development_key
from shared.core.settings import ServiceSettings

TicketKeyId = Annotated[str, Field(pattern=r"^[A-Z0-9]{1,8}$")]


class BookingsSettings(ServiceSettings):
    """Settings of the bookings service. Keys are 32 random bytes in base64."""

    model_config = SettingsConfigDict(env_prefix="BOOKINGS_", hide_input_in_errors=True)

    secret_settings: ClassVar[tuple[str, ...]] = ("service_secret", "ticket_keys", "sealing_keys")

    port: int = Field(8103, ge=0, le=65535, description="Port that bookings listens on.")
    database_url: SecretStr = Field(
        SecretStr("postgresql://bookings:local@127.0.0.1:15432/xiangyou"),
        description="PostgreSQL, as the role of bookings.",
    )
    database_pool_size: int = Field(
        8, ge=2, le=200, description="Most connections to PostgreSQL at once."
    )
    hold_minutes: int = Field(
        15, ge=1, le=120, description="Minutes that an unpaid order keeps its places."
    )
    offer_minutes: int = Field(
        30, ge=1, le=1440, description="Minutes that the waiting list's offers keep their places."
    )
    ticket_keys: dict[TicketKeyId, Key] = Field(
        {"A": development_key("signs tickets")},
        min_length=1,
        description="Ed25519 seeds by key id (A-Z, 0-9), as JSON. All verify, the current signs.",
    )
    ticket_key_id: TicketKeyId = Field("A", description="Key id that signs new tickets.")
    sealing_keys: dict[KeyId, Key] = Field(
        {"development": development_key("seals contacts of orders")},
        min_length=1,
        description="AES-256 keys by key id, as JSON. Keep old ones while data is sealed by them.",
    )
    sealing_key_id: KeyId = Field("development", description="Key id that seals new contacts.")

    public_url: str = Field(
        "http://127.0.0.1:8103",
        pattern=r"^https?://[^?#]+[^/?#]$",
        description="This service's address as payment providers see it; they report there.",
    )
    site_url: str = Field(
        "http://127.0.0.1:8080",
        pattern=r"^https?://[^/?#]+$",
        description="Where our pages are; after a payment visitors are sent back there only.",
    )
    sandbox_url: str = Field(
        "http://127.0.0.1:8108",
        pattern=r"^(https?://[^?#]+)?$",
        description="The cashier of the payment method sandbox; empty, as in production: none.",
    )
    sandbox_key: Key = Field(
        development_key("signs at the sandbox cashier"),
        description="What the cashier and we sign with: 32 random bytes in base64.",
    )
    wechatpay: WechatPaySettings | None = Field(
        None, description="WeChat Pay, as JSON; docs/operations.md lists its parts. Empty: none."
    )
    alipay: AlipaySettings | None = Field(
        None, description="Alipay, as JSON; docs/operations.md lists its parts. Empty: none."
    )

    @field_validator("wechatpay", "alipay", mode="before")
    @classmethod
    def _empty_is_none(cls, given: object) -> object:
        return None if given == "" else given

    @model_validator(mode="after")
    def _refuse_sandbox_in_production(self) -> Self:
        if self.environment == "production" and self.sandbox_url:
            raise ValueError("BOOKINGS_SANDBOX_URL takes no money: leave it empty")
        return self

    @model_validator(mode="after")
    def _check_current_keys(self) -> Self:
        if self.ticket_key_id not in self.ticket_keys:
            raise ValueError("BOOKINGS_TICKET_KEY_ID is not in BOOKINGS_TICKET_KEYS")
        if self.sealing_key_id not in self.sealing_keys:
            raise ValueError("BOOKINGS_SEALING_KEY_ID is not in BOOKINGS_SEALING_KEYS")
        return self
