"""Settings of the venues service."""

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from shared.core.settings import ServiceSettings


class VenuesSettings(ServiceSettings):
    """What the venues service is told, by variables that begin with `VENUES_`."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", populate_by_name=True, env_prefix="VENUES_"
    )

    port: int = Field(8102, ge=1, le=65535, description="Port that the venues service listens on.")
    database_url: SecretStr = Field(
        SecretStr("postgresql://venues:local@127.0.0.1:15432/xiangyou"),
        description="The venues service's own login to PostgreSQL.",
    )
    database_pool_size: int = Field(
        8, ge=1, le=100, description="Connections to PostgreSQL that the venues service keeps."
    )
