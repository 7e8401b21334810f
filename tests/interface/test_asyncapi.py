"""The interface's document: generated, valid, and able to say no."""

import hashlib
import json
from pathlib import Path

import msgspec
import pytest
from jsonschema import Draft7Validator

from station.contact.orders_file import read_orders
from station.demo.samples import SAMPLES
from station.protocol import asyncapi
from station.protocol.codec import encode
from station.protocol.outcome import Outcome, OutcomeKind
from station.protocol.topics import FORMS, HoldOn, InstructionOf, OutcomeOf, Topics
from tests.interface.document import PATH, NotAsDocumented, interface

TOPICS = Topics("packing/test")
SCHEMA = Path(__file__).parent / "asyncapi-3.0.0/schema.json"


def test_the_committed_document_is_the_one_that_the_types_give() -> None:
    assert PATH.read_text("utf-8") == asyncapi.text(), "run scripts/make-asyncapi"


def test_the_document_is_valid_asyncapi_3() -> None:
    schema = json.loads(SCHEMA.read_bytes())
    assert hashlib.sha256(SCHEMA.read_bytes()).hexdigest().startswith("d4571a420e6ffb7f")
    Draft7Validator.check_schema(schema)
    errors = list(Draft7Validator(schema).iter_errors(asyncapi.document()))
    assert not errors, [f"{error.json_path}: {error.message[:300]}" for error in errors]


def test_the_schema_of_asyncapi_can_say_no() -> None:
    document = asyncapi.document()
    document["operations"]["receiveHold"]["action"] = "listen"
    assert list(Draft7Validator(json.loads(SCHEMA.read_bytes())).iter_errors(document))


def test_every_reference_in_the_document_leads_somewhere() -> None:
    document = asyncapi.document()

    def references(part: object) -> list[str]:
        if isinstance(part, dict):
            return [part["$ref"]] if "$ref" in part else [each for value in part.values() for each in references(value)]
        return [each for value in part for each in references(value)] if isinstance(part, list) else []

    found = references(document)
    for reference in found:
        target = document
        for step in reference.removeprefix("#/").split("/"):
            target = target[step]
    assert len(found) > 50


def test_every_kind_of_topic_is_a_channel() -> None:
    assert {channel.address for channel in asyncapi.CHANNELS} == set(FORMS)


def test_every_payload_schema_is_a_schema() -> None:
    for schema in asyncapi.document()["components"]["schemas"].values():
        Draft7Validator.check_schema(schema)


def test_the_sample_orders_are_as_documented() -> None:
    for taken in read_orders(SAMPLES).reading.taken:
        topic = TOPICS.of(InstructionOf(taken.instruction.order))
        assert interface(TOPICS.prefix).check(topic, encode(taken.instruction)) == "instruction"


HOLD = {"version": 1, "hold": "h", "kind": "cancel", "state": "active"}


@pytest.mark.parametrize(
    "wrong",
    [
        {**HOLD, "kind": "stop"},
        {**HOLD, "hold": ""},
        {**HOLD, "version": 2},
        {key: value for key, value in HOLD.items() if key != "version"},
        {key: value for key, value in HOLD.items() if key != "state"},
        {**HOLD, "note": 5},
        [],
    ],
)
def test_a_message_that_the_document_does_not_have_is_found_out(wrong: object) -> None:
    judge, topic = interface(TOPICS.prefix), TOPICS.of(HoldOn("A-1", "h"))
    assert judge.check(topic, json.dumps(HOLD).encode()) == "hold"
    with pytest.raises(NotAsDocumented):
        judge.check(topic, json.dumps(wrong).encode())


def test_an_amount_without_cod_is_found_out() -> None:
    judge = interface(TOPICS.prefix)
    instruction = read_orders(SAMPLES).reading.taken[0].instruction
    topic = TOPICS.of(InstructionOf(instruction.order))
    tree = msgspec.to_builtins(instruction)
    tree["service"]["cod_amount_yen"] = 100
    with pytest.raises(NotAsDocumented):
        judge.check(topic, json.dumps(tree).encode())


def test_a_topic_that_no_channel_has_is_found_out() -> None:
    with pytest.raises(NotAsDocumented):
        interface(TOPICS.prefix).check("packing/test/orders/A-1", b"{}")


def test_the_topic_of_the_longest_hold_id_is_a_topic() -> None:
    hold = "h" * 64
    outcome = Outcome(order="A-1", of="hold", subject=hold, outcome=OutcomeKind.STOPPED)
    topic = TOPICS.of(OutcomeOf("A-1", f"hold-{hold}"))
    assert TOPICS.parse(topic) == OutcomeOf("A-1", f"hold-{hold}")
    assert interface(TOPICS.prefix).check(topic, encode(outcome)) == "outcome"
