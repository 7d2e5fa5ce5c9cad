"""What the handlers of accounts find in the application."""

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from services.accounts.contact_book import ContactBook
from services.accounts.domain.login_codes import CodeHasher
from services.accounts.domain.session_tokens import SessionTokens
from services.accounts.messages import LoginMessages
from services.accounts.token_signer import TokenSigner

CONTACTS: Final = web.AppKey("contacts", ContactBook)
CODES: Final = web.AppKey("codes", CodeHasher)
SESSION_TOKENS: Final = web.AppKey("session_tokens", SessionTokens)
SIGNER: Final = web.AppKey("signer", TokenSigner)
MESSAGES: Final = web.AppKey("messages", LoginMessages)
# The hashed contacts that the settings name as the office's.
OFFICE: Final = web.AppKey[frozenset[bytes]]("office", frozenset)
SERVICE_SECRETS: Final = web.AppKey[Mapping[str, str]]("service_secrets", Mapping)
