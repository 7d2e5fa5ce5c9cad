"""Settings from the environment: one frozen class per service, read once, in `__main__`."""

from ipaddress import ip_network
from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

# As many characters has a secret by which a service proves its name, in production at least.
SHORTEST_SECRET: Final = 32

RateLimit = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,8}/(second|minute|hour|day)$")]


def _checked_networks(listed: str) -> str:
    for network in listed.split(","):
        ip_network(network)
    return listed


Networks = Annotated[str, AfterValidator(_checked_networks)]
# The settings that prove a service's name: its own secret, and in accounts those of all.
_PROOFS: Final = frozenset({"service_secret", "service_secrets"})


class ServiceSettings(BaseSettings):
    """What every service is told. Every default works for the stack of `make run`.

    A service's own settings carry its name as prefix (`BOOKINGS_PORT`); those that are the same
    for all services do not (`KAFKA_BOOTSTRAP_SERVERS`).
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    # Settings whose defaults everybody knows; a service adds its own.
    secret_settings: ClassVar[tuple[str, ...]] = ("service_secret",)

    environment: Literal["development", "production"] = Field(
        "development",
        validation_alias="ENVIRONMENT",
        description="In production the well-known development keys and secrets are refused.",
    )
    host: str = Field(
        "127.0.0.1", validation_alias="HOST", description="Address that the services listen on."
    )
    port: int = Field(0, ge=0, le=65535, description="Port to listen on; 0 takes any free one.")
    reuse_port: bool = Field(
        default=False,
        validation_alias="REUSE_PORT",
        description="Let several processes of one service share its port (SO_REUSEPORT).",
    )
    workers: int = Field(
        1,
        ge=1,
        le=64,
        validation_alias="WORKERS",
        description="How many processes of a service share its port; `--workers` overrides it.",
    )
    kafka_bootstrap_servers: str = Field(
        "127.0.0.1:19092",
        validation_alias="KAFKA_BOOTSTRAP_SERVERS",
        description="Kafka brokers as host:port, separated by commas.",
    )
    kafka_enable_idempotence: bool = Field(
        default=False,
        validation_alias="KAFKA_ENABLE_IDEMPOTENCE",
        description="Idempotent producer: on for Apache Kafka, off for the embedded broker.",
    )
    kafka_replication_factor: int = Field(
        1,
        ge=1,
        validation_alias="KAFKA_REPLICATION_FACTOR",
        description="How many Kafka brokers keep a copy of each topic.",
    )
    kafka_session_timeout_ms: int = Field(
        10_000,
        ge=1_000,
        validation_alias="KAFKA_SESSION_TIMEOUT_MS",
        description="After how long the broker gives a silent consumer's partitions to another.",
    )
    rate_limit_sign_in: RateLimit = Field(
        "240/minute",
        validation_alias="RATE_LIMIT_SIGN_IN",
        description="How often one address may try secrets: codes, sessions, keys, order codes.",
    )
    rate_limit_read: RateLimit = Field(
        "6000/minute",
        validation_alias="RATE_LIMIT_READ",
        description="How often one account, or one address that is not signed in, may read.",
    )
    rate_limit_write: RateLimit = Field(
        "1200/minute",
        validation_alias="RATE_LIMIT_WRITE",
        description="How often one account or address may change something.",
    )
    rate_limit_heavy: RateLimit = Field(
        "60/minute",
        validation_alias="RATE_LIMIT_HEAVY",
        description="How often one account or address may ask for what takes long: uploads, files.",
    )
    trusted_proxies: Networks = Field(
        "127.0.0.0/8,::1/128,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7",
        validation_alias="TRUSTED_PROXIES",
        description="Networks of our own proxies: only they are believed in X-Forwarded-For. "
        "Production has to name them.",
    )
    log_format: Literal["console", "json"] = Field(
        "json", validation_alias="LOG_FORMAT", description="How log lines are written."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", validation_alias="LOG_LEVEL", description="The least severe level that is written."
    )
    shutdown_timeout: float = Field(
        20.0,
        gt=0,
        validation_alias="SHUTDOWN_TIMEOUT",
        description="Seconds that requests in flight have to finish after SIGTERM.",
    )
    accounts_url: str = Field(
        "http://127.0.0.1:8101",
        validation_alias="ACCOUNTS_URL",
        description="Where the accounts service answers.",
    )
    service_secret: SecretStr = Field(
        SecretStr("local-service-secret"),
        validation_alias="SERVICE_SECRET",
        description="Secret by which this service proves its name to accounts; "
        "of 32 characters at least in production.",
    )

    @model_validator(mode="after")
    def _refuse_development_secrets_in_production(self) -> Self:
        if self.environment == "production" and (known := self.development_secrets()):
            raise ValueError(f"these still have their well-known defaults: {', '.join(known)}")
        return self

    @model_validator(mode="after")
    def _refuse_weak_settings_in_production(self) -> Self:
        if self.environment != "production":
            return self
        # Whoever is believed names addresses, and so escapes what is counted by address.
        if self.trusted_proxies == type(self).model_fields["trusted_proxies"].default:
            raise ValueError("TRUSTED_PROXIES does not name the networks of our own proxies")
        if short := self.short_secrets():
            raise ValueError(f"shorter than {SHORTEST_SECRET} characters: {', '.join(short)}")
        return self

    def development_secrets(self) -> list[str]:
        """Return the variables of the secret settings in which a well-known default stands."""
        fields = type(self).model_fields
        return [
            self._variable(name)
            for name in self.secret_settings
            if _values(getattr(self, name)) & _values(fields[name].default)
        ]

    def short_secrets(self) -> list[str]:
        """Return the variables in which a secret stands that proves a service's name too weakly."""
        return [
            self._variable(name)
            for name in self.secret_settings
            if name in _PROOFS
            and any(len(secret) < SHORTEST_SECRET for secret in _values(getattr(self, name)))
        ]

    def _variable(self, name: str) -> str:
        """Return what the environment calls a setting."""
        prefix = self.model_config.get("env_prefix", "")
        return str(type(self).model_fields[name].validation_alias or f"{prefix}{name}".upper())


def _values(setting: SecretStr | dict[str, SecretStr]) -> set[str]:
    secrets = setting.values() if isinstance(setting, dict) else (setting,)
    return {secret.get_secret_value() for secret in secrets}
