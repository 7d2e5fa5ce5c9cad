"""What the handlers of accounts find in the application."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from aiohttp import web
from prometheus_client import Counter

from services.accounts.contact_book import ContactBook
from services.accounts.domain.consents import ConsentTexts
from services.accounts.domain.login_codes import CodeHasher
from services.accounts.domain.session_tokens import SessionTokens
from services.accounts.factor_vault import FactorVault
from services.accounts.messages import LoginMessages
from services.accounts.passkeys import PasskeySite
from services.accounts.people import People
from services.accounts.token_signer import TokenSigner


@dataclass(frozen=True, slots=True)
class TextLimits:
    """To which countries text messages go, and how many in a day: for one network, and in all."""

    countries: frozenset[int]
    per_network: int
    a_day: int


CONTACTS: Final = web.AppKey("contacts", ContactBook)
CODES: Final = web.AppKey("codes", CodeHasher)
SESSION_TOKENS: Final = web.AppKey("session_tokens", SessionTokens)
SIGNER: Final = web.AppKey("signer", TokenSigner)
MESSAGES: Final = web.AppKey("messages", LoginMessages)
TEXT_LIMITS: Final = web.AppKey("text_limits", TextLimits)
TEXT_LIMITS_MET: Final[web.AppKey[Counter]] = web.AppKey("text_limits_met", Counter)
# The other services, asked for what they hold about a person.
PEOPLE: Final = web.AppKey("people", People)
CONSENT_TEXTS: Final = web.AppKey("consent_texts", ConsentTexts)
# The hashed contacts that the settings name as the office's.
OFFICE: Final = web.AppKey[frozenset[bytes]]("office", frozenset)
SERVICE_SECRETS: Final = web.AppKey[Mapping[str, str]]("service_secrets", Mapping)
VAULT: Final = web.AppKey("vault", FactorVault)
PASSKEY_SITE: Final = web.AppKey("passkey_site", PasskeySite)
# Whether everybody with a role must show a second factor, or only those who have one.
SECOND_FACTOR_REQUIRED: Final = web.AppKey("second_factor_required", bool)
