"""What the notifications service is told."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import SettingsConfigDict

from services.notifications.domain.recipients import is_email
from shared.core.settings import ServiceSettings


def _one_address(text: str) -> str:
    if not is_email(text):
        raise ValueError("not one mail address")
    return text


EmailAddress = Annotated[str, AfterValidator(_one_address)]


class NotificationsSettings(ServiceSettings):
    """Settings of the notifications service; their variables begin with `NOTIFICATIONS_`."""

    model_config = SettingsConfigDict(env_prefix="NOTIFICATIONS_")

    port: int = Field(8104, ge=0, le=65535, description="Port that notifications listens on.")
    database_url: SecretStr = Field(
        SecretStr("postgresql://notifications:local@127.0.0.1:15432/xiangyou"),
        description="PostgreSQL, as the role of notifications.",
    )
    database_pool_size: int = Field(
        8, ge=2, le=100, description="Most connections of notifications to PostgreSQL at once."
    )
    bookings_url: str = Field(
        "http://127.0.0.1:8103",
        validation_alias="BOOKINGS_URL",
        description="Where the bookings service answers.",
    )
    venues_url: str = Field(
        "http://127.0.0.1:8102",
        validation_alias="VENUES_URL",
        description="Where the venues service answers.",
    )
    public_url: str = Field(
        "http://127.0.0.1:8080", description="Where people reach the site; links begin with it."
    )
    senders: int = Field(
        4, ge=1, le=64, description="How many messages this process sends at the same time."
    )
    smtp_host: str = Field("127.0.0.1", description="The mail server that takes our messages.")
    smtp_port: int = Field(8107, ge=1, le=65535, description="Its port.")
    smtp_security: Literal["none", "starttls", "tls"] = Field(
        "none", description="How the way to the mail server is protected; never none in production."
    )
    smtp_username: str = Field("", description="Name to sign in with; empty for none.")
    smtp_password: SecretStr = Field(SecretStr(""), description="Password to sign in with.")
    sender_address: EmailAddress = Field(
        "no-reply@xiangyou.example", description="Address that messages come from."
    )
    sms_domain: str = Field(
        "sms.xiangyou.example",
        pattern=r"^[a-z0-9.-]+$",
        description="Text messages go by mail to number@domain: the gateway, or the local inbox.",
    )
