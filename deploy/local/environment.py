"""The environment of every program of the embedded stack, made in this one place.

The names are those of the services' own settings (`services/*/settings.py`).
"""

import json
import os
from collections.abc import Mapping
from typing import Final

from deploy.local.keys import Keys
from deploy.local.options import Options

SERVICES: Final = ("accounts", "venues", "bookings", "notifications", "statistics")
PARTS: Final = (*SERVICES, "web")
KEY_ID: Final = "local"
TICKET_KEY_ID: Final = "A"
# The embedded broker lets a group wait for half of this at every join, and for twice as long where
# a member died and this is above five seconds. Kafka itself refuses less than six by default.
EMBEDDED_SESSION: Final = {"KAFKA_SESSION_TIMEOUT_MS": "3000"}


class StackEnvironment:
    """Environments for one stack: the person's own variables, and ours on top."""

    def __init__(self, options: Options, keys: Keys, outer: Mapping[str, str] = os.environ) -> None:
        self.options = options
        self._keys = keys
        self._outer = dict(outer)

    def of(self, name: str) -> dict[str, str]:
        """Return the environment of a service, or of one of the stack's own commands."""
        special = {
            "accounts": self._accounts,
            "venues": self._venues,
            "bookings": self._bookings,
            "notifications": self._notifications,
            "cashier": self._cashier,
            "web": self._web,
        }
        own = special[name]() if name in special else {}
        return {**self._common(name), **own}

    def database_url(self, role: str) -> str:
        """Return the database's address for a role: a service, or `owner`."""
        return f"postgresql://{role}:local@127.0.0.1:{self.options.ports.of('postgres')}/xiangyou"

    def _common(self, name: str) -> dict[str, str]:
        ports = self.options.ports
        environment = {
            "PYTHONUNBUFFERED": "1",
            "LOG_FORMAT": "console",
            **self._outer,
            "HOST": "127.0.0.1",
            "DATA_DIR": str(self.options.data_dir),
            "PORT_OFFSET": str(self.options.port_offset),
            "KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{ports.of('broker')}",
            "KAFKA_ENABLE_IDEMPOTENCE": str(self.options.broker == "apache").lower(),
            **({} if self.options.broker == "apache" else EMBEDDED_SESSION),
            "SCHEMA_DATABASE_URL": self.database_url("owner"),
            "INBOX_URL": ports.url("inbox"),
        }
        for service in PARTS:
            environment[f"{service.upper()}_PORT"] = str(ports.of(service))
            environment[f"{service.upper()}_URL"] = ports.url(service)
        for service in SERVICES:
            environment[f"{service.upper()}_DATABASE_URL"] = self.database_url(service)
        if name in PARTS:
            environment["SERVICE_SECRET"] = self._keys.key(f"service {name}")
        return environment

    def _accounts(self) -> dict[str, str]:
        known = {name: self._keys.key(f"service {name}") for name in PARTS if name != "accounts"}
        return {
            "ACCOUNTS_SIGNING_KEYS": self._by_id(KEY_ID, "accounts signing"),
            "ACCOUNTS_SIGNING_KEY_ID": KEY_ID,
            "ACCOUNTS_SEALING_KEYS": self._by_id(KEY_ID, "accounts sealing"),
            "ACCOUNTS_SEALING_KEY_ID": KEY_ID,
            "ACCOUNTS_INDEX_KEY": self._keys.key("accounts index"),
            "ACCOUNTS_CODE_KEY": self._keys.key("accounts codes"),
            "ACCOUNTS_SESSION_KEY": self._keys.key("accounts sessions"),
            "ACCOUNTS_SERVICE_SECRETS": json.dumps(known),
            # Browsers take no IP address for the domain of a passkey.
            "ACCOUNTS_PASSKEY_DOMAIN": "localhost",
            "ACCOUNTS_PASSKEY_ORIGINS": f"http://localhost:{self.options.ports.of('web')}",
            "ACCOUNTS_OFFICE_CONTACTS": "office@xiangyou.example,demo-office@xiangyou.example",
        }

    def _venues(self) -> dict[str, str]:
        return {"VENUES_STORAGE_FOLDER": str(self.options.data_dir / "storage")}

    def _bookings(self) -> dict[str, str]:
        return {
            "BOOKINGS_TICKET_KEYS": self._by_id(TICKET_KEY_ID, "bookings tickets"),
            "BOOKINGS_TICKET_KEY_ID": TICKET_KEY_ID,
            "BOOKINGS_SEALING_KEYS": self._by_id(KEY_ID, "bookings contacts"),
            "BOOKINGS_SEALING_KEY_ID": KEY_ID,
            "BOOKINGS_PUBLIC_URL": self.options.ports.url("bookings"),
            "BOOKINGS_SITE_URL": self.options.ports.url("web"),
            "BOOKINGS_SANDBOX_URL": self.options.ports.url("cashier"),
            "BOOKINGS_SANDBOX_KEY": self._keys.key("sandbox cashier"),
        }

    def _cashier(self) -> dict[str, str]:
        return {"CASHIER_KEY": self._keys.key("sandbox cashier")}

    def _notifications(self) -> dict[str, str]:
        return {
            "NOTIFICATIONS_PUBLIC_URL": self.options.ports.url("web"),
            "NOTIFICATIONS_SMTP_HOST": "127.0.0.1",
            "NOTIFICATIONS_SMTP_PORT": str(self.options.ports.of("smtp")),
        }

    def _web(self) -> dict[str, str]:
        ports = self.options.ports
        return {
            "WEB_PUBLIC_URL": ports.url("web"),
            "WEB_PAYMENT_SITES": ports.url("cashier"),
            "WEB_COOKIE_KEY": self._keys.key("web cookies"),
            "WEB_DEVELOPMENT_INBOX_URL": ports.url("inbox"),
            **{f"WEB_{name.upper()}_URL": ports.url(name) for name in SERVICES},
        }

    def _by_id(self, key_id: str, name: str) -> str:
        return json.dumps({key_id: self._keys.key(name)})
