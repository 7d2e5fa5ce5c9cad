"""What the web service is told by its environment."""

import base64
import binascii
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from shared.core.settings import ServiceSettings

KEY_BYTES: Final = 32
# Everybody knows it; production does not start with it.
DEVELOPMENT_KEY: Final = base64.b64encode(b"seals cookies in development".ljust(KEY_BYTES, b"."))


def _checked_key(secret: SecretStr) -> SecretStr:
    try:
        key_bytes(secret)
    except binascii.Error:
        raise ValueError("a key is written in base64") from None
    return secret


def key_bytes(secret: SecretStr) -> bytes:
    """Return the 32 bytes of a key that is written in base64."""
    key = base64.b64decode(secret.get_secret_value(), validate=True)
    if len(key) != KEY_BYTES:
        raise ValueError("a key is 32 bytes long")
    return key


class WebSettings(ServiceSettings):
    """The settings of the pages."""

    model_config = SettingsConfigDict(env_prefix="WEB_", hide_input_in_errors=True)

    environment: Literal["development", "production"] = Field(
        "development",
        validation_alias="ENVIRONMENT",
        description="In production the well-known development keys and secrets are refused.",
    )
    port: int = Field(8080, ge=0, le=65535, description="Port that the pages are served on.")
    public_url: str = Field(
        "http://127.0.0.1:8080",
        pattern=r"^https?://[^/]+$",
        description="Address that people type, without a path; forms are accepted from it.",
    )
    venues_url: str = Field(
        "http://127.0.0.1:8102", description="Where the venues service answers."
    )
    bookings_url: str = Field(
        "http://127.0.0.1:8103", description="Where the bookings service answers."
    )
    statistics_url: str = Field(
        "http://127.0.0.1:8105", description="Where the statistics service answers."
    )
    cookie_key: Annotated[SecretStr, AfterValidator(_checked_key)] = Field(
        SecretStr(DEVELOPMENT_KEY.decode()),
        description="Seals the cookies: 32 random bytes in base64. A new one signs everybody out.",
    )
    secure_cookies: bool = Field(
        default=False, description="Cookies only over HTTPS; on wherever the pages are public."
    )
    development_inbox_url: str = Field(
        "http://127.0.0.1:8106",
        description="The mail catcher to show at /dev/inbox; empty in production.",
    )

    @model_validator(mode="after")
    def _refuse_development_in_production(self) -> Self:
        if self.environment == "development":
            return self
        if self.cookie_key.get_secret_value() == DEVELOPMENT_KEY.decode():
            raise ValueError("WEB_COOKIE_KEY still has its well-known default")
        if not self.secure_cookies:
            raise ValueError("WEB_SECURE_COOKIES is off")
        if self.development_inbox_url:
            raise ValueError("WEB_DEVELOPMENT_INBOX_URL shows everybody's mail: leave it empty")
        return self
