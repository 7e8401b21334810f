"""From MQTT messages to the desk's events. What cannot be read is refused here, with its reason."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from station.desk.core.facts import (
    Event,
    HoldArrived,
    HoldToldAgain,
    InstructionArrived,
    InstructionRefused,
    Queried,
    Requested,
)
from station.desk.core.order import Edition
from station.desk.postal_codes import Contradictions
from station.protocol.codec import Invalid, digest, encode
from station.protocol.hold import decode_hold, unreadable
from station.protocol.instruction import Instruction, decode_instruction
from station.protocol.outcome import Contradiction, decode_shipment_query
from station.protocol.request import Heard, decode_request
from station.protocol.status import decode_station_status
from station.protocol.topics import HoldOn, InstructionOf, QueryFrom, RequestFrom, StatusOf, Topics
from station.protocol.unit import MAX_UNITS

MAX_INSTRUCTION_BYTES = 60_000
"""So that the answer to an open, which carries it, is no larger than a message may be."""

Printable = Callable[[Instruction], str]
"""Why an instruction cannot be printed, with the field's name; empty where it can."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What one message comes to."""

    events: tuple[Event, ...] = ()
    instruction: bytes | None = None
    """What to keep should the instruction be taken: its one encoding, with personal data."""
    rejected: str = ""
    """What kind of message was refused; counted in the status."""
    reason: str = ""
    warnings: tuple[Contradiction, ...] = ()
    """Of an instruction that can be printed: they join the answer to its publisher, and are not kept."""
    heard_of: tuple[str, bool] | None = None
    """A station, and whether its status says that it is up."""


def read_arrival(
    topics: Topics, topic: str, payload: bytes, printable: Printable, contradictions: Contradictions
) -> Arrival:
    """The events of a message. Nothing here raises, whatever the message holds."""
    try:
        address = topics.parse(topic)
    except Invalid as error:
        return Arrival(rejected="topic", reason=str(error))
    match address:
        case InstructionOf(order):
            return _instruction(order, payload, printable, contradictions)
        case HoldOn(order, hold):
            return _hold(order, hold, payload)
        case RequestFrom(client):
            return _request(client, payload)
        case QueryFrom(client):
            try:
                return Arrival(events=(Queried(client, decode_shipment_query(payload)),))
            except Invalid as error:
                return Arrival(rejected="query", reason=f"from {client}: {error}")
        case StatusOf(station):
            return _status(station, payload)
        case _:
            return Arrival(rejected="topic", reason=f"nothing is taken on {topic[:120]!r}")


def _instruction(order: str, payload: bytes, printable: Printable, contradictions: Contradictions) -> Arrival:
    try:
        instruction = decode_instruction(payload)
        if instruction.order != order:
            raise Invalid("$.order is not the order that the topic names")
    except Invalid as error:
        return Arrival(
            events=_refused(order, payload, str(error)), rejected="instruction", reason=f"order {order}: {error}"
        )
    body = encode(instruction)
    if len(body) > MAX_INSTRUCTION_BYTES:
        reason = f"lines: the instruction has {len(body)} bytes, more than {MAX_INSTRUCTION_BYTES}; split the order"
    elif instruction.captured_units > MAX_UNITS:
        reason = (
            f"lines: {instruction.captured_units} units have something to capture, more than {MAX_UNITS}; "
            "split the order"
        )
    else:
        reason = printable(instruction)
    if reason:
        refused = InstructionRefused(order, instruction.revision, digest(body), reason)
        return Arrival(events=(refused,), rejected="instruction", reason=f"order {order}: {reason}")
    edition = Edition(
        revision=instruction.revision,
        digest=digest(body),
        slips=instruction.slips,
        tracking_numbers=instruction.tracking_numbers,
        swap=instruction.swap,
    )
    warnings = contradictions(instruction)
    return Arrival(events=(InstructionArrived(order, edition),), instruction=body, warnings=warnings)


class _Numbered(msgspec.Struct):
    revision: int


_numbered = msgspec.json.Decoder(_Numbered)


def _refused(order: str, payload: bytes, reason: str) -> tuple[Event, ...]:
    """The refusal of an instruction, where its revision can be read: that is the sender to answer."""
    try:
        revision = _numbered.decode(payload).revision
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ()
    return (InstructionRefused(order, revision, "", reason),) if 0 < revision <= 1_000_000 else ()


def _hold(order: str, hold: str, payload: bytes) -> Arrival:
    """A hold. What nobody can read holds the order all the same; an empty message changes nothing."""
    if not payload:
        return Arrival(rejected="hold", reason=f"order {order}, hold {hold}: an empty message changes nothing")
    try:
        arrived = decode_hold(payload)
        if arrived.hold != hold:
            raise Invalid("$.hold is not the hold that the topic names")
    except Invalid as error:
        reason = f"order {order}, hold {hold}: {error}; kept as a hold until a readable one replaces it"
        return Arrival(events=(HoldArrived(order, unreadable(hold)),), rejected="hold", reason=reason)
    return Arrival(events=(HoldArrived(order, arrived),))


def _request(client: str, payload: bytes) -> Arrival:
    try:
        request = decode_request(payload)
    except Invalid as error:
        return Arrival(rejected="request", reason=f"from {client}: {error}")
    if isinstance(request, Heard):
        holds = tuple(HoldToldAgain(each.order, each.hold, request.incarnation) for each in request.holds)
        return Arrival(events=(*holds, Requested(client, request)))
    return Arrival(events=(Requested(client, request),))


def _status(station: str, payload: bytes) -> Arrival:
    try:
        return Arrival(heard_of=(station, decode_station_status(payload).up))
    except Invalid as error:
        return Arrival(rejected="status", reason=f"of {station}: {error}")
