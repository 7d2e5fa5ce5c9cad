"""One schema and one login role per service; a role can use its own schema only."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Final

import asyncpg

from shared.schema.errors import SchemaError
from shared.schema.places import SERVICES

# Tables get their rights when they are created. So a migration may take one back for good
# (an audit table without update and delete), and no later run gives it again.
_PREPARE_SERVICE: Final = """
    create schema if not exists {0};
    grant usage on schema {0} to {0};
    alter default privileges in schema {0}
        grant select, insert, update, delete on tables to {0};
    alter default privileges in schema {0} grant usage, select on sequences to {0};
    alter default privileges in schema {0} grant execute on routines to {0};
    alter role {0} set search_path = {0}, extensions;
"""
_CLOSE_DATABASE: Final = """
    do $$
    begin
        execute format('revoke all on database %I from public', current_database());
        execute format('grant connect on database %I to {roles}', current_database());
    end
    $$;
    revoke all on schema public from public;
"""
_ROLE_EXISTS: Final = "select exists (select from pg_roles where rolname = $1)"
_ITERATIONS: Final = 4096


async def prepare_roles(conn: asyncpg.Connection, passwords: Mapping[str, str]) -> None:
    """Create roles, schemas and rights where they are missing, and set all passwords.

    Raises SchemaError where a service has no password.
    """
    if missing := set(SERVICES) - passwords.keys():
        raise SchemaError(f"No password is given for the role {', '.join(sorted(missing))}.")
    async with conn.transaction():
        for service in SERVICES:
            # Role names are our own constants; the verifier has no quotes in it.
            verb = "alter" if await conn.fetchval(_ROLE_EXISTS, service) else "create"
            verifier = scram_verifier(passwords[service])
            await conn.execute(f"{verb} role {service} login password '{verifier}'")
            await conn.execute(_PREPARE_SERVICE.format(service))
        await conn.execute(_CLOSE_DATABASE.format(roles=", ".join(SERVICES)))


def scram_verifier(password: str) -> str:
    """Return what PostgreSQL stores of a password (RFC 5803), so that no log ever has the password.

    Raises SchemaError for other characters than printable ASCII, which would need preparation.
    """
    if not (password.isascii() and password.isprintable() and password):
        raise SchemaError("A role's password has to be of printable ASCII characters.")
    salt = secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ITERATIONS)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    stored_key = hashlib.sha256(client_key).digest()
    server_key = hmac.digest(salted, b"Server Key", "sha256")
    return (
        f"SCRAM-SHA-256${_ITERATIONS}:{_base64(salt)}${_base64(stored_key)}:{_base64(server_key)}"
    )


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
