"""Every message comes back from the wire as it went, and is the same bytes whoever wrote it."""

import json
import re
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from station.protocol import hold, instruction, outcome, reply, request, status
from station.protocol.codec import Invalid, Message, digest, encode
from station.protocol.instruction import decode_instruction
from tests.label.orders import PLAIN
from tests.protocol.any_message import MESSAGES, any_message

DECODERS: dict[str, Callable[[bytes], Message]] = {
    "Hold": hold.decode_hold,
    "Instruction": instruction.decode_instruction,
    "Outcome": outcome.decode_outcome,
    "Shipment": outcome.decode_shipment,
    "ShipmentQuery": outcome.decode_shipment_query,
    "ShipmentPage": outcome.decode_shipment_page,
    "StationStatus": status.decode_station_status,
    "DeskStatus": status.decode_desk_status,
}
_UNIONS: dict[str, Callable[[bytes], Message]] = {
    request.__name__: request.decode_request,
    reply.__name__: reply.decode_inbox,
}


def decoder(kind: type[Message]) -> Callable[[bytes], Message]:
    """What reads a message of a kind where it arrives."""
    return DECODERS.get(kind.__name__) or _UNIONS[kind.__module__]


@pytest.mark.parametrize("kind", MESSAGES)
@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_every_message_comes_back_as_it_went(kind: type[Message], data: st.DataObject) -> None:
    message = data.draw(any_message(kind))
    payload = encode(message)
    assert decoder(kind)(payload) == message
    assert encode(decoder(kind)(payload)) == payload


@pytest.mark.parametrize("kind", MESSAGES)
@given(data=st.data())
@settings(max_examples=3, deadline=None)
def test_an_unknown_field_is_ignored_and_another_version_refused(kind: type[Message], data: st.DataObject) -> None:
    message = data.draw(any_message(kind))
    content = json.loads(encode(message))
    assert decoder(kind)(json.dumps(content | {"added_later": [1]}).encode()) == message
    with pytest.raises(Invalid, match="version 2 is not spoken here; this program speaks version 1"):
        decoder(kind)(json.dumps(content | {"version": 2}).encode())
    del content["version"]
    with pytest.raises(Invalid, match="missing required field `version`"):
        decoder(kind)(json.dumps(content).encode())


def test_the_digest_of_a_content_does_not_depend_on_who_wrote_it_down() -> None:
    written = json.dumps(json.loads(encode(PLAIN)), indent=1, ensure_ascii=True).encode()
    assert written != encode(PLAIN)
    assert digest(encode(decode_instruction(written))) == digest(encode(PLAIN))
    assert digest(encode(msgspec.structs.replace(PLAIN, revision=2))) != digest(encode(PLAIN))


def changed(path: str, value: object) -> bytes:
    """The plain instruction with one value replaced."""
    tree = json.loads(encode(PLAIN))
    at = tree
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    for step in steps:
        at = at[step]
    at[last] = value
    return json.dumps(tree, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("order", ""),
        ("order", "A" * 65),
        ("order", "A\n"),
        ("order", "A\x00"),
        ("revision", 0),
        ("revision", 1_000_001),
        ("revision", -(2**70)),
        ("revision", 1.5),
        ("revision", "1"),
        ("slips", []),
        ("slips", ["A"] * 9),
        ("ship_to.postal_code", "100-005"),
        ("ship_to.postal_code", "1000005\n"),
        ("ship_to.postal_code", "\uff11\uff10\uff10\uff10\uff10\uff10\uff15"),
        ("ship_to.phone", "090"),
        ("ship_to.phone", "03-1234-5678\n"),
        ("ship_to.lines", []),
        ("ship_to.lines.0", "東" * 81),
        ("ship_to.name", None),
        ("pieces", []),
        ("pieces.0.tracking_number", "40001234567X"),
        ("pieces.0.tracking_number", "400012345670\n"),
        ("lines.0.quantity", 0),
        ("lines.0.quantity", 10_000),
        ("lines.0.quantity", True),
        ("lines.0.codes", []),
        ("delivery_date", "明日"),
        ("time_slot", "午前"),
        ("service.payment", "free"),
        ("service.payment", "cod"),
        ("service.cod_amount_yen", 100),
    ],
)
def test_a_refused_instruction_names_the_place_and_repeats_nothing(path: str, value: object) -> None:
    with pytest.raises(Invalid) as refused:
        decode_instruction(changed(path, value))
    said = str(refused.value)
    place = "$." + re.sub(r"\.(\d+)", r"[\1]", path)
    assert place in re.sub(r"\[\.\.\.\]", "[0]", said) or place.rsplit(".", 1)[0] in said
    for personal in (PLAIN.ship_to.name, PLAIN.ship_to.phone, PLAIN.ship_to.lines[0]):
        assert personal not in said
    assert not isinstance(value, str) or len(value) < 5 or value not in said


@pytest.mark.parametrize("end", range(1, 12))
def test_an_instruction_that_was_cut_off_in_the_middle_of_a_character_is_refused(end: int) -> None:
    payload = encode(PLAIN)
    start = payload.index(PLAIN.ship_to.name.encode())
    with pytest.raises(Invalid) as refused:
        decode_instruction(payload[: start + end])
    assert PLAIN.ship_to.name[0] not in str(refused.value)


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_a_message_that_was_damaged_anywhere_is_taken_or_refused_and_nothing_else(data: st.DataObject) -> None:
    payload = bytearray(encode(PLAIN))
    for _ in range(data.draw(st.integers(1, 4))):
        payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))
    reason = ""
    try:
        decode_instruction(bytes(payload))
    except Invalid as refused:
        reason = str(refused)
    assert len(reason) <= 300
    assert PLAIN.ship_to.name not in reason
