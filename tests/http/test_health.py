"""Health and figures, for the machines that watch."""

import asyncio

import pytest
from prometheus_client import CollectorRegistry

from shared.http.health import register_ping
from shared.http.keys import STOPPING
from shared.http.metrics import HttpMetrics
from tests.http.conftest import Client, Serve
from tests.http.example.app import example_app


async def good() -> None:
    pass


async def bad() -> None:
    raise ConnectionError


async def slow() -> None:
    await asyncio.sleep(60)


async def test_alive_is_alive_whatever_is_away(serve: Serve) -> None:
    app = example_app()
    register_ping(app, "database", bad)
    client = await serve(app)
    async with client.get("/healthz") as answer:
        assert (answer.status, (await answer.json())["alive"]) == (200, True)


async def test_ready_when_every_resource_answers(serve: Serve) -> None:
    app = example_app()
    register_ping(app, "database", good)
    client = await serve(app)
    async with client.get("/readyz") as answer:
        assert answer.status == 200
        assert (await answer.json())["checks"] == {"database": True}


async def test_not_ready_while_one_is_away_or_slow(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.http.health.PING_SECONDS", 0.1)
    app = example_app()
    for name, ping in (("database", good), ("broker", bad), ("mail", slow)):
        register_ping(app, name, ping)
    client = await serve(app)
    async with asyncio.timeout(3), client.get("/readyz") as answer:
        assert answer.status == 503
        checks = (await answer.json())["checks"]
    assert checks == {"database": True, "broker": False, "mail": False}


async def test_a_stopping_process_is_not_ready(serve: Serve) -> None:
    app = example_app()
    client = await serve(app)
    app[STOPPING].append(True)
    assert (await client.get("/readyz")).status == 503
    assert (await client.get("/healthz")).status == 200


async def test_requests_are_counted_by_route_and_status(client: Client) -> None:
    for litres in ("1", "2", "x"):
        await client.get(f"/v1/echoes?litres={litres}")
    await client.get("/v1/nowhere/1")
    await client.get("/v1/nowhere/2")
    async with client.get("/metrics") as answer:
        figures = await answer.text()
    for line in (
        'http_requests_total{method="GET",route="/v1/echoes",status="200"} 2.0',
        'http_requests_total{method="GET",route="/v1/echoes",status="422"} 1.0',
        'http_requests_total{method="GET",route="unmatched",status="404"} 2.0',
        'http_request_seconds_count{method="GET",route="/v1/echoes"} 3.0',
    ):
        assert line in figures


def test_times_are_told_by_route_in_steps_that_hold_each_other() -> None:
    registry = CollectorRegistry()
    metrics = HttpMetrics(registry)
    for status, seconds in ((200, 0.002), (200, 0.003), (404, 0.04), (200, 7.0)):
        metrics.observe("GET", "/", status, seconds)

    def steps(bound: str) -> float | None:
        labels = {"method": "GET", "route": "/", "le": bound}
        return registry.get_sample_value("http_request_seconds_bucket", labels)

    assert [steps(bound) for bound in ("0.002", "0.005", "0.025", "0.05", "5.0", "+Inf")] == [
        1, 2, 2, 3, 3, 4,
    ]  # fmt: skip
    labels = {"method": "GET", "route": "/"}
    assert registry.get_sample_value("http_request_seconds_sum", labels) == pytest.approx(7.045)
    for code, number in (("200", 3), ("404", 1)):
        counted = registry.get_sample_value("http_requests_total", labels | {"status": code})
        assert counted == number


async def test_two_applications_count_for_themselves(serve: Serve) -> None:
    one, two = await serve(example_app()), await serve(example_app())
    await one.get("/v1/echoes")
    async with two.get("/metrics") as answer:
        assert "/v1/echoes" not in await answer.text()
