"""Access tokens: short-lived JWTs (RFC 7519) by which every service knows its caller."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jwt
from joserfc.jwk import OKPKey

from shared.core.clock import Clock
from shared.core.permissions import SERVICE_PREFIX
from shared.http.access import Grant
from shared.http.tokens import ALGORITHM, ISSUER, GrantClaim

PERSON_TOKEN_LIFE: Final = timedelta(minutes=15)
SERVICE_TOKEN_LIFE: Final = timedelta(minutes=10)


class AccessToken(NamedTuple):
    """A signed token and when it stops being good."""

    token: str
    expires_at: datetime


class TokenSigner:
    """Signs access tokens with the current Ed25519 key and publishes all public keys.

    To change keys: publish the new one beside the old, wait until everybody has fetched it, sign
    with it, and drop the old one when its last token has expired.
    """

    def __init__(self, seeds: Mapping[str, bytes], current: str, clock: Clock) -> None:
        self._keys = {
            key_id: OKPKey.import_key(
                Ed25519PrivateKey.from_private_bytes(seed),
                {"kid": key_id, "use": "sig", "alg": ALGORITHM},
            )
            for key_id, seed in seeds.items()
        }
        self._current = current
        self._clock = clock

    def for_person(
        self,
        account_id: UUID,
        *,
        roles: Iterable[str],
        grants: Iterable[Grant],
        session_id: UUID,
        methods: Iterable[str],
        generation: int,
        second_factor_at: datetime | None = None,
    ) -> AccessToken:
        """Return a token of fifteen minutes for a person who signed in.

        `methods` say how (the claim `amr`, RFC 8176), `second_factor_at` when they last showed a
        second factor. Tokens of an earlier generation of their account can be revoked together.
        """
        claims: dict[str, Any] = {
            "sub": str(account_id),
            "roles": sorted(roles),
            "grants": [_claim(grant) for grant in grants],
            "sid": str(session_id),
            "amr": list(methods),
            "gen": generation,
        }
        if second_factor_at is not None:
            claims["mfa_at"] = int(second_factor_at.timestamp())
        return self._sign(claims, PERSON_TOKEN_LIFE)

    def for_api_key(
        self,
        key_id: UUID,
        *,
        maker: UUID,
        grant: Grant,
        scopes: Iterable[str],
        generation: int,
        key_expires_at: datetime,
    ) -> AccessToken:
        """Return a token of fifteen minutes for an organisation's own program.

        It acts with the rights of the key's maker, in one organisation and within the key's
        scopes. It ends with the key, and with the maker's rights.
        """
        claims: dict[str, Any] = {
            "sub": str(maker),
            "grants": [_claim(grant)],
            "scopes": sorted(scopes),
            "sid": str(key_id),
            "amr": ["swk"],
            "gen": generation,
        }
        return self._sign(claims, PERSON_TOKEN_LIFE, key_expires_at)

    def for_service(self, name: str) -> AccessToken:
        """Return a token of ten minutes for one of our services."""
        return self._sign({"sub": SERVICE_PREFIX + name}, SERVICE_TOKEN_LIFE)

    def public_keys(self) -> list[dict[str, str]]:
        """Return the public halves as JSON Web Keys (RFC 7517, RFC 8037)."""
        return [
            {name: str(value) for name, value in key.as_dict(private=False).items()}
            for key in self._keys.values()
        ]

    def _sign(
        self, claims: dict[str, Any], life: timedelta, until: datetime | None = None
    ) -> AccessToken:
        # The claims know whole seconds, and so does whoever is told when the token expires.
        now = self._clock.now().replace(microsecond=0)
        expires_at = now + life
        if until is not None:
            expires_at = min(expires_at, until.replace(microsecond=0))
        stamps = {
            "iss": ISSUER,
            "iat": int(now.timestamp()),
            "exp": int(expires_at.timestamp()),
        }
        token = jwt.encode(
            {"alg": ALGORITHM, "kid": self._current},
            {**claims, **stamps},
            self._keys[self._current],
            algorithms=[ALGORITHM],
        )
        return AccessToken(token, expires_at)


def _claim(grant: Grant) -> dict[str, Any]:
    return GrantClaim.of(grant).model_dump(exclude_none=True)
