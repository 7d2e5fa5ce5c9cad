"""The API's document: valid, complete, and readable as a page."""

from typing import Any

import pytest
from openapi_spec_validator import validate

from shared.http.openapi import openapi_document
from tests.http.conftest import Client
from tests.http.example.app import CATALOGUE
from tests.http.example.routes import ROUTES


@pytest.fixture
def document() -> dict[str, Any]:
    return openapi_document("example", ROUTES, CATALOGUE)


def parameters(operation: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {parameter["name"]: parameter for parameter in operation["parameters"]}


def codes(operation: dict[str, Any], status: int) -> set[str]:
    content = operation["responses"][str(status)]["content"]
    return set(content["application/problem+json"]["examples"])


def test_the_document_is_valid_openapi(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    validate(document)


def test_every_route_is_in_the_document(document: dict[str, Any]) -> None:
    operations = {
        operation["operationId"]
        for path in document["paths"].values()
        for operation in path.values()
    }
    assert operations == {route.name for route in ROUTES}


def test_an_operation_shows_what_it_takes_and_all_that_can_go_wrong(
    document: dict[str, Any],
) -> None:
    lend = document["paths"]["/v1/loans"]["post"]
    assert lend["summary"] == "Lend a kettle for a day."
    assert lend["tags"] == ["loans"]
    assert lend["description"].startswith("A kettle called `busy` is never free.")
    assert lend["security"] == [{"bearer": []}]
    assert lend["requestBody"]["required"] is True
    assert parameters(lend)["Idempotency-Key"]["required"] is True
    assert "201" in lend["responses"]
    assert codes(lend, 400) == {"malformed_body", "idempotency_key_required"}
    assert codes(lend, 401) == {"not_signed_in"}
    assert codes(lend, 403) == {"not_allowed"}
    assert codes(lend, 409) == {"kettle_busy", "request_in_flight"}
    assert codes(lend, 422) == {"invalid_request", "idempotency_key_reused"}


def test_an_error_is_shown_with_its_texts(document: dict[str, Any]) -> None:
    conflict = document["paths"]["/v1/loans"]["post"]["responses"]["409"]
    example = conflict["content"]["application/problem+json"]["examples"]["kettle_busy"]["value"]
    assert example["type"] == "urn:xiangyou:problem:kettle_busy"
    assert example["title"] == "The kettle is busy"
    assert example["detail"] == "It is free again in {minutes} minutes."


def test_parameters_have_their_names_and_types_of_the_wire(document: dict[str, Any]) -> None:
    shown = parameters(document["paths"]["/v1/echoes"]["get"])
    assert {"from", "day", "litres", "colour", "cursor"} <= set(shown)
    assert shown["litres"]["schema"] == {
        "type": "integer",
        "minimum": 1,
        "maximum": 20,
        "default": 2,
    }
    assert shown["day"]["schema"] == {"type": "string", "format": "date"}
    assert shown["colour"]["schema"]["items"] == {
        "type": "string",
        "enum": ["red", "green", "blue"],
    }
    kettle = parameters(document["paths"]["/v1/kettles/{kettle_id}"]["get"])["kettle_id"]
    assert (kettle["in"], kettle["required"]) == ("path", True)


def test_headers_of_a_routes_own_are_shown(document: dict[str, Any]) -> None:
    shown = parameters(document["paths"]["/v1/tastes"]["get"])
    assert shown["X-Sugar"] == {
        "name": "X-Sugar",
        "in": "header",
        "required": True,
        "description": "Spoons.",
        "schema": {"type": "integer", "minimum": 0, "maximum": 5},
    }
    assert shown["X-Milk"]["required"] is False


def test_versions_and_other_formats_are_shown(document: dict[str, Any]) -> None:
    kettle = document["paths"]["/v1/kettles/{kettle_id}"]
    assert "ETag" in kettle["get"]["responses"]["200"]["headers"]
    assert "If-Match" in parameters(kettle["patch"])
    assert parameters(kettle["patch"])["If-Match"]["required"] is False
    assert codes(kettle["patch"], 412) == {"precondition_failed"}
    assert "428" not in kettle["patch"]["responses"]
    assert parameters(kettle["put"])["If-Match"]["required"] is True
    assert codes(kettle["put"], 428) == {"precondition_required"}
    calendar = document["paths"]["/v1/kettles/{kettle_id}/calendar"]["get"]
    assert list(calendar["responses"]["200"]["content"]) == ["text/calendar"]


def test_a_public_operation_asks_for_no_token(document: dict[str, Any]) -> None:
    echo = document["paths"]["/v1/echoes"]["get"]
    assert "security" not in echo
    assert "401" not in echo["responses"]


def test_the_same_routes_give_the_same_document(document: dict[str, Any]) -> None:
    assert openapi_document("example", ROUTES, CATALOGUE) == document


async def test_document_and_page_are_served(client: Client, document: dict[str, Any]) -> None:
    async with client.get("/openapi.json") as answer:
        assert await answer.json() == document
    async with client.get("/docs") as answer:
        page = await answer.text()
        policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "<script" not in page
    assert 'name="viewport"' in page
    assert "kettle_busy" in page
    for route in ROUTES:
        assert f'id="{route.name}"' in page
    async with client.get("/docs/docs.css") as answer:
        assert (answer.status, answer.content_type) == (200, "text/css")
