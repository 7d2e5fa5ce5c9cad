"""This service's own access token: asked of accounts by a secret, renewed before it expires."""

import asyncio
from datetime import datetime, timedelta
from typing import Final

from pydantic import SecretStr

from shared.core.clock import Clock
from shared.http.client import ServiceClient
from shared.http.connections import HttpConnections
from shared.http.models import Reply

RENEWED_BEFORE: Final = timedelta(seconds=60)


class ServiceTokenView(Reply):
    """What accounts answers to `POST /v1/service-tokens`."""

    access_token: str
    expires_at: datetime


class ServiceTokens:
    """Source of this service's token; raises Unavailable while accounts is away."""

    def __init__(
        self,
        accounts_url: str,
        service: str,
        secret: SecretStr,
        http: HttpConnections,
        clock: Clock,
    ) -> None:
        self._accounts = ServiceClient(accounts_url, http)
        self._service = service
        self._secret = secret
        self._clock = clock
        self._asking = asyncio.Lock()
        self._token: ServiceTokenView | None = None

    async def get(self) -> str:
        """Return a token that is good for another minute at least."""
        async with self._asking:
            token = self._token
            if token is None or token.expires_at - self._clock.now() < RENEWED_BEFORE:
                token = self._token = await self._ask()
            return token.access_token

    async def _ask(self) -> ServiceTokenView:
        return await self._accounts.post(
            "/v1/service-tokens",
            ServiceTokenView,
            json={"service": self._service, "secret": self._secret.get_secret_value()},
        )
