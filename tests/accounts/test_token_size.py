"""The largest rights that somebody can have fit into a token, and the limits are kept."""

from services.accounts.members import MOST_VENUES
from services.accounts.memberships import MOST_MEMBERSHIPS
from services.accounts.token_signer import TokenSigner
from shared.core.clock import SystemClock
from shared.core.ids import new_id
from shared.core.permissions import BOOKING_ROLES, DIRECTOR, VISITOR
from shared.http.access import Grant
from shared.http.tokens import LONGEST_TOKEN, TokenVerifier
from tests.accounts.accounts_client import Accounts
from tests.accounts.test_members import CHEN, LIN, Shop

KEY = "signing-key-of-november-2026"


async def test_the_largest_grants_are_signed_and_verified() -> None:
    signer = TokenSigner({KEY: b"k" * 32}, KEY, SystemClock())
    grants = tuple(
        Grant(new_id(), "accountant", frozenset(new_id() for _ in range(MOST_VENUES)))
        for _ in range(MOST_MEMBERSHIPS)
    )
    token = signer.for_person(
        new_id(),
        roles=[VISITOR, DIRECTOR, *BOOKING_ROLES],
        grants=grants,
        session_id=new_id(),
        methods=["sms", "otp", "recovery", "pop", "mfa"],
        second_factor_at=SystemClock().now(),
        generation=2**31 - 1,
    ).token
    assert len(token) < LONGEST_TOKEN

    async def keys() -> dict[str, object]:
        return {"keys": signer.public_keys()}

    caller = await TokenVerifier(keys, SystemClock()).verify(token)
    assert caller.grants == grants


async def test_a_role_is_limited_to_twenty_venues_at_most(accounts: Accounts) -> None:
    owner, organisation = await accounts.register(await accounts.sign_in(LIN))
    shop = Shop(accounts, organisation, owner)
    venues = [str(new_id()) for _ in range(MOST_VENUES + 1)]
    too_many = await shop.add({"email": CHEN, "role": "gate", "venues": venues})
    assert too_many.status == 422
    added = await shop.add({"email": CHEN, "role": "gate", "venues": venues[1:]})
    assert added.status == 201
    path = f"{shop.path}/{added.json['account_id']}"
    body = {"role": "gate", "venues": venues}
    assert (await accounts.call("PUT", path, body, token=owner)).status == 422
