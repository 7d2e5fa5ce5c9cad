"""What bookings can be told from outside; every default works for the stack of `make run`."""

import base64
from typing import Final

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from shared.core.settings import ServiceSettings

# Good enough to try the software on one's own machine; the local stack makes its own.
_DEVELOPMENT_KEY: Final = base64.b64encode(b"only for trying xiangyou locally").decode()


class BookingsSettings(ServiceSettings):
    """Settings of the bookings service."""

    model_config = SettingsConfigDict(env_prefix="BOOKINGS_")

    port: int = Field(8103, ge=0, le=65535, description="Port of the bookings service.")
    database_url: SecretStr = Field(
        SecretStr("postgresql://bookings:local@127.0.0.1:15432/xiangyou"),
        description="PostgreSQL as the role bookings.",
    )
    database_pool_size: int = Field(8, ge=2, le=64, description="Most connections at once.")
    hold_minutes: int = Field(
        15, ge=1, le=120, description="Minutes that an unpaid order keeps its places."
    )
    ticket_keys: dict[str, SecretStr] = Field(
        {"A": SecretStr(_DEVELOPMENT_KEY)},
        description="JSON: ticket key id (A-Z, 0-9) to 32 secret bytes in base 64.",
    )
    ticket_key_current: str = Field("A", description="Id of the key that signs new tickets.")
    contact_keys: dict[str, SecretStr] = Field(
        {"a": SecretStr(_DEVELOPMENT_KEY)},
        description="JSON: key id to 32 secret bytes in base 64, sealing contacts at rest.",
    )
    contact_key_current: str = Field("a", description="Id of the key that seals new contacts.")


def secret_bytes(keys: dict[str, SecretStr]) -> dict[str, bytes]:
    """Return keys as bytes. Raises ValueError for one that is not base 64."""
    return {
        key_id: base64.b64decode(key.get_secret_value(), validate=True)
        for key_id, key in keys.items()
    }
