"""Limits count visitors by their own address, not by that of the pages."""

import asyncio

from tests.web.browser import Client
from tests.web.peers import Peers


async def test_whatever_a_page_asks_it_asks_for_its_visitor(client: Client, peers: Peers) -> None:
    for page in ("/", "/privacy"):
        async with client.get(page, headers={"X-Forwarded-For": "8.8.8.8"}) as answer:
            assert answer.status == 200
    assert len(peers.asked) > 1
    assert {asked.headers.get("X-Forwarded-For") for asked in peers.asked} == {"8.8.8.8"}


async def test_visitors_at_once_are_not_mixed_up(client: Client, peers: Peers) -> None:
    addresses = [f"8.8.8.{number}" for number in range(1, 6)]

    async def look(address: str) -> None:
        async with client.get("/", headers={"X-Forwarded-For": address}) as answer:
            await answer.read()

    await asyncio.gather(*map(look, addresses))
    asked = [one.headers["X-Forwarded-For"] for one in peers.asked]
    assert {asked.count(address) for address in addresses} == {len(asked) // len(addresses)}
