"""Every event that was ever sent can still be read, and the documents say what the code does."""

import json
from pathlib import Path
from uuid import UUID

import pytest
from pydantic import ValidationError

from shared.contracts.event import Envelope, Event, event_in, source_of
from shared.contracts.generate import FOLDER, documents, generate
from shared.contracts.registry import EVENTS
from shared.contracts.subscriptions import SUBSCRIPTIONS
from shared.contracts.topics import SERVICES, TOPICS

SAMPLES = Path(__file__).parent / "samples"
STORED = sorted(SAMPLES.glob("*/*.json"))


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


@pytest.mark.parametrize("sample", STORED, ids=name_of)
def test_a_stored_sample_is_read_by_todays_models(sample: Path) -> None:
    text = sample.read_bytes()
    envelope = Envelope.model_validate_json(text)
    event = event_in(envelope, EVENTS[envelope.type])
    assert envelope.type == sample.parent.name
    topic = event.topic.format(service=envelope.source.rpartition("/")[2])
    assert envelope.source == source_of(topic)
    assert topic in TOPICS
    # Nothing of it was dropped or changed on the way.
    written = EVENTS[envelope.type].model_validate_json(event.model_dump_json())
    assert written == event
    assert event.model_dump(mode="json").keys() >= json.loads(text)["data"].keys()


@pytest.mark.parametrize("event_type", EVENTS)
def test_each_version_of_each_event_has_a_sample(event_type: str) -> None:
    assert list((SAMPLES / event_type).glob("*.json"))


def test_no_event_that_was_ever_sent_is_forgotten() -> None:
    assert {path.parent.name for path in STORED} <= EVENTS.keys()


@pytest.mark.parametrize("kind", EVENTS.values(), ids=lambda kind: kind.event_type)
def test_each_event_is_described_and_goes_to_a_known_topic(kind: type[Event]) -> None:
    assert (kind.__doc__ or "").strip()
    assert kind.topic.format(service=SERVICES[0]) in TOPICS


def test_listeners_are_services_that_hear_known_events() -> None:
    assert SUBSCRIPTIONS.keys() <= set(SERVICES)
    assert {kind for heard in SUBSCRIPTIONS.values() for kind in heard} <= set(EVENTS.values())


@pytest.mark.parametrize("name", sorted(documents()))
def test_the_committed_documents_are_what_the_code_generates(name: str) -> None:
    committed = (FOLDER / name).read_text(encoding="utf-8")
    assert committed == documents()[name], "run `python -m shared.contracts generate`"


def test_no_document_is_left_of_an_event_that_is_gone() -> None:
    assert {path.name for path in (FOLDER / "schemas").glob("*")} == {
        Path(name).name for name in documents() if name.startswith("schemas/")
    }


def test_generating_writes_what_changed_and_removes_what_is_gone(tmp_path: Path) -> None:
    assert set(generate(tmp_path)) == documents().keys()
    stale = tmp_path / "schemas" / "order.forgotten.v1.json"
    stale.write_text("{}")
    (tmp_path / "README.md").write_text("old")
    assert generate(tmp_path) == ["README.md", "schemas/order.forgotten.v1.json"]
    assert not stale.exists()
    assert generate(tmp_path) == []


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"specversion": "0.3"}, "specversion"),
        ({"id": "5"}, "id"),
        ({"source": "/elsewhere/bookings"}, "source"),
        ({"time": "2026-09-20T12:03:20"}, "time"),
        ({"version": 0}, "version"),
        ({"version": "1"}, "version"),
        ({"datacontenttype": "text/plain"}, "datacontenttype"),
        ({"data": None}, "data"),
    ],
)
def test_an_envelope_that_breaks_the_rules_is_refused(
    change: dict[str, object], place: str
) -> None:
    document = json.loads((SAMPLES / "order.expired.v1" / "minimal.json").read_text())
    with pytest.raises(ValidationError) as caught:
        Envelope.model_validate_json(json.dumps(document | change))
    assert [error["loc"][0] for error in caught.value.errors()] == [place]


def test_an_event_with_an_unknown_field_is_refused() -> None:
    text = (SAMPLES / "order.expired.v1" / "minimal.json").read_text()
    envelope = Envelope.model_validate_json(text)
    bent = envelope.model_copy(update={"data": {**envelope.data, "phone": "13800000000"}})
    with pytest.raises(ValidationError, match="phone"):
        event_in(bent, EVENTS["order.expired.v1"])


@pytest.mark.parametrize(
    ("event_type", "topic"),
    [("OrderConfirmed", "bookings.order"), ("order.confirmed.v1", "order")],
)
def test_an_event_whose_name_or_topic_breaks_the_rule_is_no_event(
    event_type: str, topic: str
) -> None:
    with pytest.raises(TypeError, match="is not like"):
        type("Badly", (Event,), {"event_type": event_type, "topic": topic})


def test_samples_hold_no_personal_data() -> None:
    forbidden = ("phone", "email", "contact", "address@")
    for path in STORED:
        fields = json.loads(path.read_text())["data"]
        assert not [name for name in fields if name.startswith(forbidden)], path
        assert UUID(json.loads(path.read_text())["id"]).version == 7
