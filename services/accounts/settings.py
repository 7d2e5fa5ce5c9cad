"""What the accounts service is told by its environment."""

import re
from typing import Annotated, ClassVar, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from services.accounts.domain.contacts import listed_contacts
from shared.core.secret_keys import Key, KeyId, development_key
from shared.core.settings import ServiceSettings

_ORIGIN: Final = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?")
_COUNTRY: Final = re.compile(r"[1-9][0-9]{0,2}", re.ASCII)
SERVICES: Final = ("venues", "bookings", "notifications", "statistics", "web")


def _checked_contacts(listed: str) -> str:
    listed_contacts(listed)
    return listed


def _checked_origins(listed: str) -> str:
    origins = [origin.strip() for origin in listed.split(",")]
    if not all(_ORIGIN.fullmatch(origin) for origin in origins):
        raise ValueError("an origin is a scheme and a host, such as https://xiangyou.example")
    return ",".join(origins)


def _checked_countries(listed: str) -> str:
    codes = [code.strip() for code in listed.split(",")]
    if not all(_COUNTRY.fullmatch(code) for code in codes):
        raise ValueError("country codes are digits, such as 86,852")
    return ",".join(codes)


class AccountsSettings(ServiceSettings):
    """The settings of accounts. Keys are 32 random bytes in base64."""

    model_config = SettingsConfigDict(env_prefix="ACCOUNTS_", hide_input_in_errors=True)

    secret_settings: ClassVar[tuple[str, ...]] = (
        "signing_keys",
        "sealing_keys",
        "index_key",
        "code_key",
        "session_key",
        "service_secrets",
    )

    port: int = Field(8101, ge=0, le=65535, description="Port that accounts listens on.")
    database_url: SecretStr = Field(
        SecretStr("postgresql://accounts:local@127.0.0.1:15432/xiangyou"),
        description="PostgreSQL, as the role of accounts.",
    )
    database_pool_size: int = Field(
        8, ge=1, le=200, description="Most connections to PostgreSQL at once."
    )
    notifications_url: str = Field(
        "http://127.0.0.1:8104",
        validation_alias="NOTIFICATIONS_URL",
        description="Where the notifications service answers.",
    )
    venues_url: str = Field(
        "http://127.0.0.1:8102",
        validation_alias="VENUES_URL",
        description="Where the venues service answers.",
    )
    bookings_url: str = Field(
        "http://127.0.0.1:8103",
        validation_alias="BOOKINGS_URL",
        description="Where the bookings service answers.",
    )
    statistics_url: str = Field(
        "http://127.0.0.1:8105",
        validation_alias="STATISTICS_URL",
        description="Where the statistics service answers.",
    )
    message_timeout: float = Field(
        8.0, gt=0, le=60, description="Seconds that handing over a code's message may take."
    )
    signing_keys: dict[KeyId, Key] = Field(
        {"development": development_key("signs tokens")},
        min_length=1,
        description="Ed25519 seeds by key id, as JSON. All are published, the current one signs.",
    )
    signing_key_id: KeyId = Field("development", description="Key id that signs new tokens.")
    sealing_keys: dict[KeyId, Key] = Field(
        {"development": development_key("seals names and addresses")},
        min_length=1,
        description="AES-256 keys by key id, as JSON. Keep old ones while data is sealed by them.",
    )
    sealing_key_id: KeyId = Field("development", description="Key id that seals new data.")
    index_key: Key = Field(
        development_key("finds addresses"),
        description="Key of the hashes by which addresses are found. It never changes.",
    )
    code_key: Key = Field(
        development_key("hashes one-time codes"), description="Key of the hashes of codes."
    )
    session_key: Key = Field(
        development_key("derives session tokens"),
        description="Key by which a session token leads to the next one.",
    )
    service_secrets: dict[str, SecretStr] = Field(
        {name: SecretStr("local-service-secret") for name in SERVICES},
        description="The secret of each of our services, as JSON: name to secret; "
        "each of 32 characters at least in production.",
    )
    office_contacts: Annotated[str, AfterValidator(_checked_contacts)] = Field(
        "office@xiangyou.example",
        description="Addresses and phones of the tourism office, separated by commas.",
    )

    text_message_countries: Annotated[str, AfterValidator(_checked_countries)] = Field(
        "86,852,853,886",
        description="Country codes that text messages go to, separated by commas; people with "
        "other numbers sign in by mail.",
    )
    text_messages_per_network: int = Field(
        2_000,
        ge=1,
        description="Codes by text message that one network may ask for in a day: an IPv4 address, "
        "which a village may share, or an IPv6 network of 48 bits.",
    )
    text_messages_a_day: int = Field(
        20_000, ge=1, description="Codes by text message in a day, of all networks together."
    )

    second_factor: Literal["required", "optional"] = Field(
        "required",
        description="Whether operators and the office must show a second factor to use their "
        "rights, or only those who have enrolled one. Production takes `required` only.",
    )
    passkey_domain: str = Field(
        "localhost",
        pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)*$",
        description="Domain that passkeys belong to (RP ID); an IP address is none. "
        "It never changes.",
    )
    passkey_origins: Annotated[str, AfterValidator(_checked_origins)] = Field(
        "http://localhost:8080",
        description="Addresses of the pages that may use passkeys, separated by commas.",
    )

    @model_validator(mode="after")
    def _refuse_development_ways_in_production(self) -> Self:
        hosts = [urlsplit(origin).hostname or "" for origin in self.passkey_origins.split(",")]
        domain = self.passkey_domain
        if any(host != domain and not host.endswith(f".{domain}") for host in hosts):
            raise ValueError("ACCOUNTS_PASSKEY_ORIGINS are not of ACCOUNTS_PASSKEY_DOMAIN")
        if self.environment == "development":
            return self
        if self.second_factor != "required":
            raise ValueError("ACCOUNTS_SECOND_FACTOR is not required")
        if "http://" in self.passkey_origins:
            raise ValueError("ACCOUNTS_PASSKEY_ORIGINS are reached without HTTPS")
        return self

    @model_validator(mode="after")
    def _check_current_keys(self) -> Self:
        if self.signing_key_id not in self.signing_keys:
            raise ValueError("ACCOUNTS_SIGNING_KEY_ID is not in ACCOUNTS_SIGNING_KEYS")
        if self.sealing_key_id not in self.sealing_keys:
            raise ValueError("ACCOUNTS_SEALING_KEY_ID is not in ACCOUNTS_SEALING_KEYS")
        return self
