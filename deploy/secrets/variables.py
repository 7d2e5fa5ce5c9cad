"""What docker-compose.yml is told: choices that a person makes, and secrets made at random."""

import base64
import json
import secrets
from typing import Final

KEY_BYTES: Final = 32
SERVICES: Final = ("accounts", "venues", "bookings", "notifications", "statistics")
# These prove their name to accounts, which knows itself.
PROVING: Final = ("venues", "bookings", "notifications", "statistics", "web")
# A mail server may take mail without asking who hands it over.
# Without a gateway visitors pay at the venues.
OPTIONAL: Final = (
    "NOTIFICATIONS_SMTP_USERNAME",
    "NOTIFICATIONS_SMTP_PASSWORD",
    "BOOKINGS_WECHATPAY",
    "BOOKINGS_ALIPAY",
)


def production(host: str) -> dict[str, str]:
    """Return what a person has to say about a site; empty where only they know it."""
    return {
        "SITE_HOST": host,
        "ACCOUNTS_OFFICE_CONTACTS": "",
        "NOTIFICATIONS_SMTP_HOST": "",
        "NOTIFICATIONS_SMTP_PORT": "587",
        "NOTIFICATIONS_SMTP_SECURITY": "starttls",
        "NOTIFICATIONS_SMTP_USERNAME": "",
        "NOTIFICATIONS_SMTP_PASSWORD": "",
        "NOTIFICATIONS_SENDER_ADDRESS": f"no-reply@{host}",
        "NOTIFICATIONS_SMS_DOMAIN": "",
        "BOOKINGS_WECHATPAY": "",
        "BOOKINGS_ALIPAY": "",
    }


def trying() -> dict[str, str]:
    """Return the same for a site on this machine, whose mail is caught by Mailpit."""
    return {
        **production("localhost"),
        "COMPOSE_PROFILES": "trying",
        "ACCOUNTS_OFFICE_CONTACTS": "office@xiangyou.example",
        "NOTIFICATIONS_SMTP_HOST": "mailpit",
        "NOTIFICATIONS_SMTP_PORT": "1025",
        "NOTIFICATIONS_SMTP_SECURITY": "none",
        "NOTIFICATIONS_SENDER_ADDRESS": "no-reply@xiangyou.example",
        "NOTIFICATIONS_SMS_DOMAIN": "sms.xiangyou.example",
    }


def made(key_id: str) -> dict[str, str]:
    """Return all secrets, new ones each time; keys that can rotate are named `key_id`."""
    return {
        "POSTGRES_PASSWORD": _password(),
        **{f"{service.upper()}_DATABASE_PASSWORD": _password() for service in SERVICES},
        **{f"{service.upper()}_SERVICE_SECRET": _password() for service in PROVING},
        "GRAFANA_PASSWORD": _password(),
        "ACCOUNTS_SIGNING_KEYS": json.dumps({key_id: _key()}),
        "ACCOUNTS_SIGNING_KEY_ID": key_id,
        "ACCOUNTS_SEALING_KEYS": json.dumps({key_id: _key()}),
        "ACCOUNTS_SEALING_KEY_ID": key_id,
        "ACCOUNTS_INDEX_KEY": _key(),
        "ACCOUNTS_CODE_KEY": _key(),
        "ACCOUNTS_SESSION_KEY": _key(),
        # Printed in every ticket's QR, so it is short.
        "BOOKINGS_TICKET_KEYS": json.dumps({"A": _key()}),
        "BOOKINGS_TICKET_KEY_ID": "A",
        "BOOKINGS_SEALING_KEYS": json.dumps({key_id: _key()}),
        "BOOKINGS_SEALING_KEY_ID": key_id,
        "WEB_COOKIE_KEY": _key(),
    }


def _password() -> str:
    """Return a password that needs no escaping in an address."""
    return secrets.token_urlsafe(24)


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
