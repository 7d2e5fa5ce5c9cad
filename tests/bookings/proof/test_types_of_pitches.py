"""Pitches get types while they are being sold: none is sold under its old name and its new one."""

import asyncio
from datetime import datetime, timedelta
from typing import Final

from shared.contracts.terms import OfferingTerms, TicketType, UnitOption
from tests.bookings.proof.stage import Proof
from tests.bookings.village import CAMPING, NEXT_WEEK, Json, at, camping, text
from tests.bookings.world import Answer

ROUNDS: Final = 5
PITCHES: Final = 5
PRICES: Final[dict[TicketType, int]] = {"pitch": 19900}
PARTS: Final = {"lake": 2, "forest": 3}
TYPES: Final = OfferingTerms(
    options=tuple(
        UnitOption(code=code, name=text(code, code), units=units, persons=4)
        for code, units in PARTS.items()
    )
)
TAKEN: Final = """
select sum(taken)::integer from pools join slots on slot_id = subject_id where starts_at = $1
"""


async def buy(proof: Proof, line: Json) -> Answer:
    token = proof.bookings.tokens.person()
    return await proof.bookings.order(line, token=token, payment_method="on_site")


async def tell_apart(proof: Proof, start: datetime) -> None:
    await proof.bookings.publish_slot(CAMPING, start, PITCHES, hours=20, parts=PARTS)
    await proof.bookings.publish_offering(CAMPING, "stay", PRICES, TYPES)


async def test_buyers_who_meet_the_change_get_no_pitch_twice(proof: Proof) -> None:
    bookings = proof.bookings
    for number in range(ROUNDS):
        start = at(NEXT_WEEK + timedelta(days=5 + number), 15)
        await bookings.publish_offering(CAMPING, "stay", PRICES)
        await bookings.publish_slot(CAMPING, start, PITCHES, hours=20)
        night = camping(start.date())
        await asyncio.gather(
            *(buy(proof, night) for _ in range(4)),
            tell_apart(proof, start),
            *(buy(proof, {**night, "option": code}) for code in PARTS),
        )
        for code in list(PARTS) * PITCHES:
            await buy(proof, {**night, "option": code})
        assert await bookings.fetch(TAKEN, start) == PITCHES
        assert await proof.broken() == {}
