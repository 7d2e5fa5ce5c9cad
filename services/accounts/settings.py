"""What the accounts service is told by its environment."""

import base64
import binascii
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from services.accounts.domain.contacts import listed_contacts
from shared.core.settings import ServiceSettings

KEY_BYTES: Final = 32
SERVICES: Final = ("venues", "bookings", "notifications", "statistics", "web")
# Everybody knows these; the settings that may not keep them in production.
_SECRET_SETTINGS: Final = (
    "signing_keys",
    "sealing_keys",
    "index_key",
    "code_key",
    "session_key",
    "service_secrets",
)


def key_bytes(secret: SecretStr) -> bytes:
    """Return the 32 bytes of a key written in base64, with the URL alphabet or the usual one."""
    text = secret.get_secret_value().replace("-", "+").replace("_", "/")
    key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    if len(key) != KEY_BYTES:
        raise ValueError("a key is 32 bytes long")
    return key


def _checked_key(secret: SecretStr) -> SecretStr:
    try:
        key_bytes(secret)
    except binascii.Error:
        raise ValueError("a key is written in base64") from None
    return secret


def _checked_contacts(listed: str) -> str:
    listed_contacts(listed)
    return listed


Key = Annotated[SecretStr, AfterValidator(_checked_key)]
KeyId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]


def _development_key(purpose: str) -> SecretStr:
    """Return a fixed key that is the same on every developer's machine, and worth nothing."""
    return SecretStr(base64.urlsafe_b64encode(purpose.encode().ljust(KEY_BYTES, b".")).decode())


class AccountsSettings(ServiceSettings):
    """The settings of accounts. Keys are 32 random bytes in base64."""

    model_config = SettingsConfigDict(env_prefix="ACCOUNTS_", hide_input_in_errors=True)

    environment: Literal["development", "production"] = Field(
        "development",
        validation_alias="ENVIRONMENT",
        description="In production the well-known development keys and secrets are refused.",
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
    message_timeout: float = Field(
        8.0, gt=0, le=60, description="Seconds that handing over a code's message may take."
    )
    signing_keys: dict[KeyId, Key] = Field(
        {"development": _development_key("signs tokens")},
        min_length=1,
        description="Ed25519 seeds by key id, as JSON. All are published, the current one signs.",
    )
    signing_key_id: KeyId = Field("development", description="Key id that signs new tokens.")
    sealing_keys: dict[KeyId, Key] = Field(
        {"development": _development_key("seals names and addresses")},
        min_length=1,
        description="AES-256 keys by key id, as JSON. Keep old ones while data is sealed by them.",
    )
    sealing_key_id: KeyId = Field("development", description="Key id that seals new data.")
    index_key: Key = Field(
        _development_key("finds addresses"),
        description="Key of the hashes by which addresses are found. It never changes.",
    )
    code_key: Key = Field(
        _development_key("hashes one-time codes"), description="Key of the hashes of codes."
    )
    session_key: Key = Field(
        _development_key("derives session tokens"),
        description="Key by which a session token leads to the next one.",
    )
    service_secrets: dict[str, SecretStr] = Field(
        {name: SecretStr("local-service-secret") for name in SERVICES},
        description="The secret of each of our services, as JSON: name to secret.",
    )
    office_contacts: Annotated[str, AfterValidator(_checked_contacts)] = Field(
        "office@xiangyou.example",
        description="Addresses and phones of the tourism office, separated by commas.",
    )

    @model_validator(mode="after")
    def _check_current_keys(self) -> Self:
        if self.signing_key_id not in self.signing_keys:
            raise ValueError("ACCOUNTS_SIGNING_KEY_ID is not in ACCOUNTS_SIGNING_KEYS")
        if self.sealing_key_id not in self.sealing_keys:
            raise ValueError("ACCOUNTS_SEALING_KEY_ID is not in ACCOUNTS_SEALING_KEYS")
        return self

    @model_validator(mode="after")
    def _refuse_development_keys_in_production(self) -> Self:
        if self.environment == "production" and (known := self.development_secrets()):
            raise ValueError(f"these still have their well-known defaults: {', '.join(known)}")
        return self

    def development_secrets(self) -> list[str]:
        """Return the names of the settings in which a well-known development secret stands."""
        fields = type(self).model_fields
        return [
            f"ACCOUNTS_{name.upper()}"
            for name in _SECRET_SETTINGS
            if _values(getattr(self, name)) & _values(fields[name].default)
        ]


def _values(setting: SecretStr | dict[str, SecretStr]) -> set[str]:
    secrets = setting.values() if isinstance(setting, dict) else (setting,)
    return {secret.get_secret_value() for secret in secrets}
