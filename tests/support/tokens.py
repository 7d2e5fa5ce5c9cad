"""Access tokens for tests, signed by a key that the tests' verifier knows."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jwt
from joserfc.jwk import OKPKey

from shared.core.clock import Clock, SystemClock
from shared.core.ids import new_id
from shared.core.permissions import SERVICE_PREFIX
from shared.http.access import Grant
from shared.http.tokens import ALGORITHM, ISSUER, GrantClaim, TokenVerifier

FIFTEEN_MINUTES: Final = timedelta(minutes=15)


class TokenMaker:
    """Signs tokens as accounts does, and gives applications under test a verifier for them."""

    def __init__(self, clock: Clock | None = None, key_id: str = "test") -> None:
        self.clock = clock or SystemClock()
        self.key_id = key_id
        self._key = OKPKey.import_key(
            Ed25519PrivateKey.generate(), {"kid": key_id, "use": "sig", "alg": ALGORITHM}
        )

    def person(
        self,
        account_id: UUID | None = None,
        *,
        roles: Iterable[str] = ("visitor",),
        organisations: Iterable[UUID] = (),
        role: str = "owner",
        venues: Iterable[UUID] | None = None,
        scopes: Iterable[str] | None = None,
        life: timedelta = FIFTEEN_MINUTES,
        factor_age: timedelta | None = timedelta(0),
    ) -> str:
        """Return the token of a person; `roles=("office_director",)` makes one of the office.

        In each of the organisations the person has `role`, for all venues or for some. They have
        just shown a second factor, or did so `factor_age` ago; None: never. With `scopes` it is a
        program's.
        """
        limits = None if venues is None else frozenset(venues)
        claims: dict[str, Any] = {
            "sub": str(account_id or new_id()),
            "roles": sorted({"visitor", *roles}),
            "grants": [
                GrantClaim.of(Grant(one, role, limits)).model_dump() for one in organisations
            ],
            "sid": str(new_id()),
        }
        if scopes is not None:
            claims["scopes"] = sorted(scopes)
        elif factor_age is not None:
            claims["mfa_at"] = int((self.clock.now() - factor_age).timestamp())
        return self.sign(claims, life=life)

    def service(self, name: str) -> str:
        """Return the token of one of our services."""
        return self.sign({"sub": SERVICE_PREFIX + name})

    def sign(self, claims: Mapping[str, Any], *, life: timedelta = FIFTEEN_MINUTES) -> str:
        """Return a token with these claims; `iss` and `exp` are added where they are missing."""
        expires = int((self.clock.now() + life).timestamp())
        whole = {"iss": ISSUER, "exp": expires, **claims}
        header = {"alg": ALGORITHM, "kid": self.key_id}
        return jwt.encode(header, whole, self._key, algorithms=[ALGORITHM])

    def published(self) -> dict[str, Any]:
        """Return what accounts would answer at `/.well-known/jwks.json`."""
        return {"keys": [self._key.as_dict(private=False)]}

    async def fetch(self) -> dict[str, Any]:
        """Return the published keys, as a verifier fetches them."""
        return self.published()

    def verifier(self) -> TokenVerifier:
        """Return a verifier that knows this key."""
        return TokenVerifier(self.fetch, self.clock)

    @staticmethod
    def header(token: str) -> dict[str, str]:
        """Return the request header that carries a token."""
        return {"Authorization": f"Bearer {token}"}
