"""The wiring of accounts, on one screen."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from aiohttp import web

from services.accounts import keys
from services.accounts.contact_book import ContactBook
from services.accounts.domain.contacts import listed_contacts
from services.accounts.domain.login_codes import CodeHasher
from services.accounts.domain.session_tokens import SessionTokens
from services.accounts.features import (
    add_member,
    change_me,
    create_organisation,
    end_session,
    issue_service_token,
    list_audit_entries,
    list_organisations,
    publish_keys,
    read_contact,
    renew_session,
    request_login_code,
    show_me,
    start_session,
)
from services.accounts.jobs import delete_ended_sessions, delete_expired_codes
from services.accounts.messages import LoginMessages, OwnTokens
from services.accounts.reactions.on_audit_recorded import on_audit_recorded
from services.accounts.settings import AccountsSettings
from services.accounts.token_signer import TokenSigner
from shared.contracts.audit import AuditRecorded
from shared.core.clock import Clock, SystemClock
from shared.core.sealing import Sealer
from shared.core.secret_keys import key_bytes, keys_by_id
from shared.http.app import create_app
from shared.http.client import ServiceClient
from shared.http.jobs import periodic, sweep_idempotency_keys
from shared.http.keys import HTTP, Role
from shared.http.resources import database_context
from shared.http.route import Route
from shared.http.tokens import FetchKeys, TokenVerifier
from shared.messaging.reactions import Reactions
from shared.messaging.run import messaging_context

ROUTES: Final[tuple[Route, ...]] = (
    request_login_code.request_login_code,
    start_session.start_session,
    renew_session.renew_session,
    end_session.end_session,
    show_me.show_me,
    change_me.change_me,
    create_organisation.create_organisation,
    list_organisations.list_organisations,
    add_member.add_member,
    read_contact.read_contact,
    issue_service_token.issue_service_token,
    publish_keys.publish_keys,
    list_audit_entries.list_audit_entries,
)
REACTIONS: Final[Reactions] = {
    AuditRecorded: on_audit_recorded,
}
JOBS: Final = (
    (delete_expired_codes.delete_expired_codes, timedelta(minutes=10)),
    (delete_ended_sessions.delete_ended_sessions, timedelta(hours=1)),
)


def build_app(
    settings: AccountsSettings, role: Role = "all", *, clock: Clock | None = None
) -> web.Application:
    """Return the accounts service as an application."""
    clock = clock or SystemClock()
    signer = _signer(settings, clock)
    app = create_app(
        "accounts",
        settings,
        ROUTES,
        role=role,
        clock=clock,
        verifier=TokenVerifier(_own_keys(signer), clock),
    )
    app[keys.SIGNER] = signer
    _add_secrets(app, settings)
    notifications = ServiceClient(settings.notifications_url, app[HTTP], OwnTokens(signer))
    app[keys.MESSAGES] = LoginMessages(notifications, settings.message_timeout)
    app.cleanup_ctx.append(
        database_context(settings.database_url, max_size=settings.database_pool_size)
    )
    app.cleanup_ctx.append(
        messaging_context(service="accounts", settings=settings, reactions=REACTIONS)
    )
    for job, every in JOBS:
        periodic(app, job.__name__, every, job)
    sweep_idempotency_keys(app)
    return app


def _signer(settings: AccountsSettings, clock: Clock) -> TokenSigner:
    return TokenSigner(keys_by_id(settings.signing_keys), settings.signing_key_id, clock)


def _own_keys(signer: TokenSigner) -> FetchKeys:
    async def fetch() -> Mapping[str, Any]:
        return {"keys": signer.public_keys()}

    return fetch


def _add_secrets(app: web.Application, settings: AccountsSettings) -> None:
    sealer = Sealer(
        keys_by_id(settings.sealing_keys),
        settings.sealing_key_id,
        key_bytes(settings.index_key),
    )
    contacts = app[keys.CONTACTS] = ContactBook(sealer)
    office = listed_contacts(settings.office_contacts)
    app[keys.OFFICE] = frozenset(map(contacts.index, office))
    app[keys.CODES] = CodeHasher(key_bytes(settings.code_key))
    app[keys.SESSION_TOKENS] = SessionTokens(key_bytes(settings.session_key))
    app[keys.SERVICE_SECRETS] = {
        name: secret.get_secret_value() for name, secret in settings.service_secrets.items()
    }
