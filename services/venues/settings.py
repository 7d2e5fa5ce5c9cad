"""Settings of the venues service."""

from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from shared.core.settings import ServiceSettings
from shared.http.outbound_urls import exempt_hosts


class VenuesSettings(ServiceSettings):
    """What the venues service is told, by variables that begin with `VENUES_`."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", populate_by_name=True, env_prefix="VENUES_"
    )

    secret_settings: ClassVar[tuple[str, ...]] = ("service_secret", "s3_secret_key")

    port: int = Field(8102, ge=1, le=65535, description="Port that the venues service listens on.")
    database_url: SecretStr = Field(
        SecretStr("postgresql://venues:local@127.0.0.1:15432/xiangyou"),
        description="The venues service's own login to PostgreSQL.",
    )
    database_pool_size: int = Field(
        8, ge=1, le=100, description="Connections to PostgreSQL that the venues service keeps."
    )
    bookings_url: str = Field(
        "http://127.0.0.1:8103",
        validation_alias="BOOKINGS_URL",
        description="Where the bookings service answers.",
    )
    storage: Literal["disk", "s3"] = Field(
        "disk", description="Where pictures and documents are kept: in a folder, or in S3."
    )
    storage_folder: Path = Field(
        Path(".data/storage"), description="The folder, shared by all processes of the service."
    )
    s3_endpoint: str = Field(
        "http://127.0.0.1:9000", description="Address of the S3-compatible store."
    )
    s3_region: str = Field("us-east-1", description="Region that the store goes by.")
    s3_bucket: str = Field("xiangyou", description="The bucket; it is there already.")
    s3_access_key: str = Field("local", description="Access key of the store.")
    s3_secret_key: SecretStr = Field(
        SecretStr("local-s3-secret"), description="Secret key of the store."
    )

    picture_processes: int = Field(
        2, ge=1, le=16, description="Pictures that are decoded or made at the same time."
    )

    outbound_exempt_hosts: str = Field(
        "",
        validation_alias="OUTBOUND_EXEMPT_HOSTS",
        description="Hosts that may be called although they are inside, as host:port, by commas.",
    )

    @field_validator("outbound_exempt_hosts")
    @classmethod
    def _check_exempt_hosts(cls, setting: str) -> str:
        exempt_hosts(setting)
        return setting

    def development_secrets(self) -> list[str]:
        """Return the secrets with well-known defaults, without those of a store not in use."""
        known = super().development_secrets()
        unused = "VENUES_S3_SECRET_KEY" if self.storage == "disk" else None
        return [name for name in known if name != unused]
