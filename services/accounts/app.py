"""The wiring of accounts, on one screen."""

import tomllib
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from importlib.resources import files
from typing import Any, Final

from aiohttp import web

from services.accounts import keys, text_messages
from services.accounts.contact_book import ContactBook
from services.accounts.domain.consents import ConsentTexts
from services.accounts.domain.contacts import listed_contacts
from services.accounts.domain.login_codes import CodeHasher
from services.accounts.domain.session_tokens import SessionTokens
from services.accounts.factor_vault import FactorVault
from services.accounts.features import (
    accept_membership,
    add_child,
    add_member,
    add_passkey,
    add_second_factor,
    appoint_officer,
    change_contact,
    change_me,
    change_member,
    confirm_authenticator,
    create_api_key,
    create_organisation,
    deactivate_account,
    dismiss_officer,
    end_my_session,
    end_other_sessions,
    end_session,
    erase_closed_account,
    erase_me,
    exchange_api_key,
    export_me,
    give_booking_role,
    issue_service_token,
    leave_organisation,
    list_api_keys,
    list_audit_entries,
    list_booking_roles,
    list_children,
    list_consent_texts,
    list_consents,
    list_members,
    list_officers,
    list_organisations,
    list_second_factors,
    list_sessions,
    prepare_passkey,
    prepare_passkey_sign_in,
    publish_keys,
    publish_revocations,
    reactivate_account,
    read_contact,
    read_member_contact,
    read_organisation_contacts,
    record_consent,
    remove_authenticator,
    remove_child,
    remove_contact,
    remove_member,
    remove_passkey,
    renew_session,
    replace_recovery_codes,
    request_contact_code,
    request_login_code,
    reset_second_factors,
    revoke_api_key,
    show_me,
    start_authenticator,
    start_passkey_session,
    start_session,
    take_booking_role,
)
from services.accounts.jobs import (
    delete_ended_sessions,
    delete_expired_codes,
    forget_old_data,
    forget_who_never_came,
    send_contact_notices,
)
from services.accounts.messages import LoginMessages, OwnTokens
from services.accounts.passkeys import PasskeySite
from services.accounts.people import People
from services.accounts.reactions.on_audit_recorded import on_audit_recorded
from services.accounts.revocations import read_revocations
from services.accounts.settings import AccountsSettings
from services.accounts.token_signer import TokenSigner
from shared.contracts.audit import AuditRecorded
from shared.core.clock import Clock, SystemClock
from shared.core.sealing import Sealer
from shared.core.secret_keys import key_bytes, keys_by_id
from shared.http.app import create_app
from shared.http.client import ServiceClient
from shared.http.jobs import periodic, sweep_idempotency_keys
from shared.http.keys import HTTP, VERIFIER, Role
from shared.http.metrics import REGISTRY
from shared.http.resources import database_context
from shared.http.revocations import Revocations
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
    request_contact_code.request_contact_code,
    change_contact.change_contact,
    remove_contact.remove_contact,
    create_organisation.create_organisation,
    list_organisations.list_organisations,
    list_members.list_members,
    add_member.add_member,
    change_member.change_member,
    remove_member.remove_member,
    accept_membership.accept_membership,
    leave_organisation.leave_organisation,
    list_officers.list_officers,
    appoint_officer.appoint_officer,
    dismiss_officer.dismiss_officer,
    list_booking_roles.list_booking_roles,
    give_booking_role.give_booking_role,
    take_booking_role.take_booking_role,
    list_api_keys.list_api_keys,
    create_api_key.create_api_key,
    revoke_api_key.revoke_api_key,
    exchange_api_key.exchange_api_key,
    read_contact.read_contact,
    read_member_contact.read_member_contact,
    read_organisation_contacts.read_organisation_contacts,
    issue_service_token.issue_service_token,
    publish_keys.publish_keys,
    add_second_factor.add_second_factor,
    list_second_factors.list_second_factors,
    start_authenticator.start_authenticator,
    confirm_authenticator.confirm_authenticator,
    remove_authenticator.remove_authenticator,
    replace_recovery_codes.replace_recovery_codes,
    prepare_passkey.prepare_passkey,
    add_passkey.add_passkey,
    remove_passkey.remove_passkey,
    prepare_passkey_sign_in.prepare_passkey_sign_in,
    start_passkey_session.start_passkey_session,
    list_sessions.list_sessions,
    end_my_session.end_my_session,
    end_other_sessions.end_other_sessions,
    deactivate_account.deactivate_account,
    reactivate_account.reactivate_account,
    erase_closed_account.erase_closed_account,
    reset_second_factors.reset_second_factors,
    publish_revocations.publish_revocations,
    list_audit_entries.list_audit_entries,
    list_consent_texts.list_consent_texts,
    list_consents.list_consents,
    record_consent.record_consent,
    list_children.list_children,
    add_child.add_child,
    remove_child.remove_child,
    export_me.export_me,
    erase_me.erase_me,
)
REACTIONS: Final[Reactions] = {
    AuditRecorded: on_audit_recorded,
}
JOBS: Final = (
    (delete_expired_codes.delete_expired_codes, timedelta(minutes=10)),
    (delete_ended_sessions.delete_ended_sessions, timedelta(hours=1)),
    (forget_old_data.forget_old_data, timedelta(days=1)),
    (forget_who_never_came.forget_who_never_came, timedelta(days=1)),
    (send_contact_notices.send_contact_notices, timedelta(seconds=10)),
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
    app[VERIFIER].revocations = Revocations(partial(read_revocations, app))
    app[keys.SIGNER] = signer
    _add_secrets(app, settings)
    notifications = ServiceClient(settings.notifications_url, app[HTTP], OwnTokens(signer))
    app[keys.MESSAGES] = LoginMessages(notifications, settings.message_timeout)
    _add_people(app, settings)
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


def _add_people(app: web.Application, settings: AccountsSettings) -> None:
    tokens = OwnTokens(app[keys.SIGNER])
    bookings, *others = (
        ServiceClient(url, app[HTTP], tokens)
        for url in (
            settings.bookings_url,
            settings.venues_url,
            settings.notifications_url,
            settings.statistics_url,
        )
    )
    app[keys.PEOPLE] = People([bookings, *others], bookings)
    texts = files("services.accounts").joinpath("consent_texts.toml").read_text("utf-8")
    app[keys.CONSENT_TEXTS] = ConsentTexts.of(tomllib.loads(texts))


def _signer(settings: AccountsSettings, clock: Clock) -> TokenSigner:
    return TokenSigner(keys_by_id(settings.signing_keys), settings.signing_key_id, clock)


def _own_keys(signer: TokenSigner) -> FetchKeys:
    async def fetch() -> Mapping[str, Any]:
        return {"keys": signer.public_keys()}

    return fetch


def sealer_of(settings: AccountsSettings) -> Sealer:
    """Return what seals names, addresses and secrets by the settings' keys."""
    return Sealer(
        keys_by_id(settings.sealing_keys),
        settings.sealing_key_id,
        key_bytes(settings.index_key),
    )


def _add_secrets(app: web.Application, settings: AccountsSettings) -> None:
    sealer = sealer_of(settings)
    contacts = app[keys.CONTACTS] = ContactBook(sealer)
    office = listed_contacts(settings.office_contacts)
    app[keys.OFFICE] = frozenset(map(contacts.index, office))
    app[keys.TEXT_LIMITS] = keys.TextLimits(
        frozenset(map(int, settings.text_message_countries.split(","))),
        settings.text_messages_per_network,
        settings.text_messages_a_day,
    )
    app[keys.TEXT_LIMITS_MET] = text_messages.new_counter(app[REGISTRY])
    app[keys.VAULT] = FactorVault(sealer)
    app[keys.PASSKEY_SITE] = PasskeySite(settings.passkey_domain, settings.passkey_origins)
    app[keys.SECOND_FACTOR_REQUIRED] = settings.second_factor == "required"
    app[keys.CODES] = CodeHasher(key_bytes(settings.code_key))
    app[keys.SESSION_TOKENS] = SessionTokens(key_bytes(settings.session_key))
    app[keys.SERVICE_SECRETS] = {
        name: secret.get_secret_value() for name, secret in settings.service_secrets.items()
    }
