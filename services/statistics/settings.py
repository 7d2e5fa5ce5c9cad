"""What the statistics service is told."""

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from shared.core.settings import ServiceSettings


class StatisticsSettings(ServiceSettings):
    """Settings of the statistics service; their variables begin with `STATISTICS_`."""

    model_config = SettingsConfigDict(env_prefix="STATISTICS_")

    port: int = Field(8105, ge=0, le=65535, description="Port that statistics listens on.")
    database_url: SecretStr = Field(
        SecretStr("postgresql://statistics:local@127.0.0.1:15432/xiangyou"),
        description="PostgreSQL, as the role of statistics.",
    )
    database_pool_size: int = Field(
        4, ge=2, le=100, description="Most connections of statistics to PostgreSQL at once."
    )
