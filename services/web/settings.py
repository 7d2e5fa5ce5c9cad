"""What the web service is told by its environment."""

from typing import ClassVar, Self

from pydantic import Field, model_validator
from pydantic_settings import SettingsConfigDict

from shared.core.secret_keys import Key, development_key
from shared.core.settings import ServiceSettings


class WebSettings(ServiceSettings):
    """The settings of the pages."""

    model_config = SettingsConfigDict(env_prefix="WEB_", hide_input_in_errors=True)

    secret_settings: ClassVar[tuple[str, ...]] = ("service_secret", "cookie_key")

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
    cookie_key: Key = Field(
        development_key("seals cookies"),
        description="Seals the cookies: 32 random bytes in base64. A new one signs everybody out.",
    )
    secure_cookies: bool = Field(
        default=False, description="Cookies only over HTTPS; on wherever the pages are public."
    )
    payment_sites: str = Field(
        "http://127.0.0.1:8108 https://*.tenpay.com https://*.alipay.com",
        pattern=r"^[!-~]+( [!-~]+)*$",
        description="Where payment providers' pages are (CSP sources): forms may lead there.",
    )
    development_inbox_url: str = Field(
        "http://127.0.0.1:8106",
        description="The mail catcher to show at /dev/inbox; empty in production.",
    )

    @model_validator(mode="after")
    def _refuse_development_ways_in_production(self) -> Self:
        if self.environment == "development":
            return self
        if not self.secure_cookies:
            raise ValueError("WEB_SECURE_COOKIES is off")
        if self.development_inbox_url:
            raise ValueError("WEB_DEVELOPMENT_INBOX_URL shows everybody's mail: leave it empty")
        return self
