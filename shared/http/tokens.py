"""Access tokens: JWTs (RFC 7519) that accounts signs and every service checks by itself.

Claims: iss, sub (an account's id, or `service:<name>`), roles, grants, scopes, sid, amr (how the
person showed who they are), mfa_at (when they last showed a second factor in this session), gen
(which generation of the account's tokens), exp. A checked token is remembered until it expires,
because a signature costs more than the rest of a request; that it was revoked, or that its key was
dropped, is asked each time.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Self
from uuid import UUID

import structlog
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from pydantic import AfterValidator, BaseModel, ValidationError

from shared.core.clock import Clock
from shared.core.errors import NotSignedIn, Unavailable
from shared.core.packed_ids import pack_ids, unpack_ids
from shared.core.permissions import SERVICE_PREFIX
from shared.http.access import Caller, Grant
from shared.http.revocations import Revocations

ISSUER: Final = "xiangyou-accounts"
# The fully-specified name (RFC 9864) of what RFC 8037 called EdDSA.
ALGORITHM: Final = "Ed25519"
REMEMBERED: Final = 10_000
LONGEST_TOKEN: Final = 8192
REFETCH_AFTER: Final = timedelta(seconds=5)
RETRY_AFTER: Final = timedelta(seconds=1)

FetchKeys = Callable[[], Awaitable[Mapping[str, Any]]]

_log = structlog.get_logger()


def _our_issuer(issuer: str) -> str:
    if issuer != ISSUER:
        raise ValueError("another issuer")
    return issuer


class GrantClaim(BaseModel):
    """A role in an organisation, perhaps for some of its venues only.

    Ids are packed and names are letters, because a person may have many: the longest token that
    accounts gives away must fit into a header.
    """

    o: str
    r: str
    v: str | None = None

    @classmethod
    def of(cls, grant: Grant) -> Self:
        """Return a grant as it stands in a token."""
        venues = None if grant.venues is None else pack_ids(grant.venues)
        return cls(o=pack_ids([grant.organisation_id]), r=grant.role, v=venues)

    def grant(self) -> Grant:
        """Return the grant. Raises ValueError where its ids are none."""
        [organisation_id] = unpack_ids(self.o)
        venues = None if self.v is None else frozenset(unpack_ids(self.v))
        return Grant(organisation_id, self.r, venues)


class Claims(BaseModel):
    """What a token says; lists and ids are checked, unknown claims are ignored."""

    iss: Annotated[str, AfterValidator(_our_issuer)]
    sub: str
    exp: int
    roles: frozenset[str] = frozenset()
    grants: tuple[GrantClaim, ...] = ()
    scopes: frozenset[str] | None = None
    sid: UUID | None = None
    mfa_at: int | None = None
    gen: int = 0

    def caller(self) -> Caller:
        """Return who the token is about; raises ValueError where it is neither or has no ids."""
        if self.sub.startswith(SERVICE_PREFIX):
            return Caller(service=self.sub.removeprefix(SERVICE_PREFIX))
        return Caller(
            account_id=UUID(self.sub),
            roles=self.roles,
            grants=tuple(claim.grant() for claim in self.grants),
            session_id=self.sid,
            scopes=self.scopes,
            second_factor_at=self._second_factor_at,
        )

    @property
    def _second_factor_at(self) -> datetime | None:
        return None if self.mfa_at is None else datetime.fromtimestamp(self.mfa_at, UTC)


@dataclass(frozen=True, slots=True)
class _Verified:
    caller: Caller
    expires: float
    key_id: str
    generation: int


class TokenVerifier:
    """Checks tokens against the published keys of accounts, and against what was revoked."""

    def __init__(
        self, fetch_keys: FetchKeys, clock: Clock, revocations: Revocations | None = None
    ) -> None:
        self.revocations = revocations or Revocations()
        self._fetch_keys = fetch_keys
        self._clock = clock
        self._keys: dict[str, OKPKey] = {}
        self._next_fetch: datetime | None = None
        self._away = False
        self._fetching = asyncio.Lock()
        self._verified: OrderedDict[str, _Verified] = OrderedDict()

    async def verify(self, token: str) -> Caller:
        """Return the token's caller.

        Raises NotSignedIn for a token that is forged, expired, revoked or nonsense, and
        Unavailable for one that can't be judged because the keys can't be fetched.
        """
        now = self._clock.now().timestamp()
        verified = self._verified.get(token)
        if verified is None or verified.key_id not in self._keys:
            verified = await self._check(token)
            self._verified[token] = verified
            if len(self._verified) > REMEMBERED:
                self._verified.popitem(last=False)
        if verified.expires <= now:
            del self._verified[token]
            raise NotSignedIn
        if self.revocations.refuse(verified.caller, verified.generation):
            raise NotSignedIn
        return verified.caller

    async def forget_dropped_keys(self) -> None:
        """Fetch the keys anew, so that one which is no longer published is believed no longer."""
        async with self._fetching:
            if self._keys:
                await self._refetch()

    async def _check(self, token: str) -> _Verified:
        if len(token) > LONGEST_TOKEN:
            raise NotSignedIn
        key_id = _key_id(token)
        key = await self._key(key_id)
        try:
            claims = Claims.model_validate(jwt.decode(token, key, algorithms=[ALGORITHM]).claims)
            return _Verified(claims.caller(), claims.exp, key_id, claims.gen)
        except (JoseError, ValidationError, ValueError):
            raise NotSignedIn from None

    async def _key(self, key_id: str) -> OKPKey:
        if key_id not in self._keys:
            # One fetch at a time; whoever waited finds the keys there.
            async with self._fetching:
                if key_id not in self._keys:
                    await self._refetch()
        if key_id in self._keys:
            return self._keys[key_id]
        if self._away:
            raise Unavailable(headers={"Retry-After": "1"})
        raise NotSignedIn

    async def _refetch(self) -> None:
        """Fetch the keys, unless that was done a moment ago: nonsense tokens must cost little."""
        now = self._clock.now()
        if self._next_fetch is not None and now < self._next_fetch:
            return
        try:
            self._keys = _read_keys(await self._fetch_keys())
        except (Unavailable, ValueError):
            self._away = True
            self._next_fetch = now + RETRY_AFTER
            _log.warning("tokens.keys_unavailable")
        else:
            self._away = False
            self._next_fetch = now + REFETCH_AFTER
            _log.info("tokens.keys_fetched", key_ids=sorted(self._keys))


def _key_id(token: str) -> str:
    try:
        header = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError):
        raise NotSignedIn from None
    key_id = header.get("kid")
    if not isinstance(key_id, str) or header.get("alg") != ALGORITHM:
        raise NotSignedIn
    return key_id


def _read_keys(published: Mapping[str, Any]) -> dict[str, OKPKey]:
    """Return the Ed25519 keys of a JSON Web Key Set (RFC 7517) by their id."""
    try:
        return {
            str(key["kid"]): OKPKey.import_key(key)
            for key in published["keys"]
            if key.get("crv") == "Ed25519" and "kid" in key
        }
    except (JoseError, KeyError, TypeError, ValueError):
        raise Unavailable from None
