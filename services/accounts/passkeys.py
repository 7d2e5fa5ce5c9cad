"""Passkeys (W3C Web Authentication, level 2): what they are asked, and judging their answers."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from pydantic import JsonValue
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from services.accounts.errors import PasskeyNotAccepted

CHALLENGE_LIFE: Final = timedelta(minutes=5)
NAME_OF_SITE: Final = "乡游 Xiangyou"
MOST_PASSKEYS: Final = 10
LONGEST_NAME: Final = 40

Options = dict[str, JsonValue]
Credential = dict[str, Any]

_log: Final = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose passkey it becomes; the name is shown by the browser, and goes nowhere else."""

    account_id: UUID
    name: str


class PasskeySite:
    """The site that passkeys are for: answers for another domain or page are refused."""

    def __init__(self, domain: str, origins: str) -> None:
        self._domain = domain
        self._origins = origins.split(",")

    def creation_options(
        self, challenge: bytes, holder: Holder, credential_ids: list[bytes]
    ) -> Options:
        """Return what a browser makes a passkey by: found without a name, with its owner's PIN,
        finger or face, and not twice on one device.
        """  # noqa: D205 - one sentence over two lines
        options = generate_registration_options(
            rp_id=self._domain,
            rp_name=NAME_OF_SITE,
            user_id=holder.account_id.bytes,
            user_name=holder.name,
            challenge=challenge,
            timeout=_milliseconds(CHALLENGE_LIFE),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in credential_ids],
        )
        return _read(options_to_json(options))

    def request_options(self, challenge: bytes) -> Options:
        """Return what a browser asks for any passkey of the site by."""
        options = generate_authentication_options(
            rp_id=self._domain,
            challenge=challenge,
            timeout=_milliseconds(CHALLENGE_LIFE),
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return _read(options_to_json(options))

    def verify_new(self, credential: Credential, challenge: bytes) -> VerifiedRegistration:
        """Return the passkey that was made. Raises PasskeyNotAccepted."""
        try:
            return verify_registration_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=self._domain,
                expected_origin=self._origins,
                require_user_verification=True,
            )
        except Exception as error:  # noqa: BLE001 - it reads strangers' bytes
            raise _refused(error) from None

    def verify_use(
        self, credential: Credential, challenge: bytes, public_key: bytes, sign_count: int
    ) -> VerifiedAuthentication:
        """Return how a passkey was used. Raises PasskeyNotAccepted, for a copy too."""
        try:
            return verify_authentication_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=self._domain,
                expected_origin=self._origins,
                credential_public_key=public_key,
                credential_current_sign_count=sign_count,
                require_user_verification=True,
            )
        except Exception as error:  # noqa: BLE001 - it reads strangers' bytes
            raise _refused(error) from None


def credential_id_of(credential: Credential) -> bytes:
    """Return which passkey answers. Raises PasskeyNotAccepted where it does not say."""
    written = credential.get("id")
    if not isinstance(written, str):
        raise PasskeyNotAccepted
    try:
        return base64url_to_bytes(written)
    except ValueError:
        raise PasskeyNotAccepted from None


def transports_of(credential: Credential) -> list[str]:
    """Return the ways to reach a new passkey that its browser names and that we know."""
    response = credential.get("response")
    named = response.get("transports") if isinstance(response, dict) else None
    return [one.value for one in AuthenticatorTransport if one.value in (named or [])]


def _milliseconds(life: timedelta) -> int:
    return int(life.total_seconds() * 1000)


def _read(written: str) -> Options:
    options: Options = json.loads(written)
    return options


def _refused(error: Exception) -> PasskeyNotAccepted:
    """Note of what kind the fault is: its sentence may quote what a stranger sent."""
    _log.info("passkey.not_accepted", fault=type(error).__name__)
    return PasskeyNotAccepted()
