"""Settings of the schema tool: the owner's way in, and the services' own, for their passwords."""

from urllib.parse import unquote, urlsplit

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.schema.errors import SchemaError
from shared.schema.places import SERVICES


def _local(role: str) -> SecretStr:
    return SecretStr(f"postgresql://{role}:local@127.0.0.1:15432/xiangyou")


class SchemaSettings(BaseSettings):
    """Where the database is. Every default works for the stack of `make run`."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    schema_database_url: SecretStr = Field(
        _local("owner"), description="The database as the role that owns all schemas."
    )
    accounts_database_url: SecretStr = Field(
        _local("accounts"), description="The database as the accounts service."
    )
    venues_database_url: SecretStr = Field(
        _local("venues"), description="The database as the venues service."
    )
    bookings_database_url: SecretStr = Field(
        _local("bookings"), description="The database as the bookings service."
    )
    notifications_database_url: SecretStr = Field(
        _local("notifications"), description="The database as the notifications service."
    )
    statistics_database_url: SecretStr = Field(
        _local("statistics"), description="The database as the statistics service."
    )

    def owner_url(self) -> str:
        """Return the owner's address, with its password."""
        return self.schema_database_url.get_secret_value()

    def passwords(self) -> dict[str, str]:
        """Return each service's password, out of its address.

        Raises SchemaError where an address names another role or no password.
        """
        return {service: self._password(service) for service in SERVICES}

    def _password(self, service: str) -> str:
        url: SecretStr = getattr(self, f"{service}_database_url")
        parts = urlsplit(url.get_secret_value())
        if parts.username != service or not parts.password:
            raise SchemaError(
                f"{service.upper()}_DATABASE_URL has to name the role {service} and its password."
            )
        return unquote(parts.password)
