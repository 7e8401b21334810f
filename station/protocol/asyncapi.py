"""The interface as an AsyncAPI 3.0 document, from the message types and the topics.

    scripts/make-asyncapi               writes docs/asyncapi.json
    python -m station.protocol.asyncapi prints it

It describes the desk: what it receives and sends. Stations and publishers do the opposite.
"""

import ast
import inspect
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import pairwise
from types import UnionType
from typing import Any, get_args

import msgspec

from station.protocol import hold, instruction, outcome, reply, request, status, unit
from station.protocol.codec import MAX_PAYLOAD_BYTES, VERSION, Message
from station.protocol.identifiers import MAX_IDENTIFIER_CHARACTERS
from station.protocol.topics import (
    FORMS,
    Address,
    AnswerTo,
    HoldOn,
    InboxOf,
    InstructionOf,
    OutcomeOf,
    QueryFrom,
    RequestFrom,
    ShipmentOf,
    StatusOf,
    StatusOfDesk,
)

_SCHEMAS = "#/components/schemas/"


@dataclass(frozen=True, slots=True)
class Channel:
    """One kind of topic."""

    name: str
    address: type[Address]
    messages: tuple[type[Message], ...]
    desk_sends: bool
    summary: str
    retained: bool = False
    answered_on: type[Address] | None = None


def _of_union(union: UnionType | Any) -> tuple[type[Message], ...]:
    return get_args(union)


CHANNELS: tuple[Channel, ...] = (
    Channel(
        "instruction",
        InstructionOf,
        (instruction.Instruction,),
        desk_sends=False,
        summary="The order feed and the contact center tell an order's instruction, whole, under a new revision.",
        answered_on=OutcomeOf,
    ),
    Channel(
        "hold",
        HoldOn,
        (hold.Hold,),
        desk_sends=False,
        summary="The contact center stops an order, or releases the hold. Stations hear it, too.",
        answered_on=OutcomeOf,
    ),
    Channel(
        "outcome",
        OutcomeOf,
        (outcome.Outcome,),
        desk_sends=True,
        summary="The answer to a hold (hold-<hold>) or a revision (revision-<n>). A newer one replaces it.",
    ),
    Channel(
        "shipment",
        ShipmentOf,
        (outcome.Shipment,),
        desk_sends=True,
        summary="The shipment record of a label, or set of labels, that came out.",
    ),
    Channel(
        "request",
        RequestFrom,
        _of_union(request.AnyRequest),
        desk_sends=False,
        summary="What stations, and supervisors, say to the desk. Each is answered in the sender's inbox.",
        answered_on=InboxOf,
    ),
    Channel(
        "inbox",
        InboxOf,
        (*_of_union(reply.AnyReply), *_of_union(reply.AnyPush)),
        desk_sends=True,
        summary="Answers to requests, by the request's id, and pushes that nobody asked for.",
    ),
    Channel(
        "stationStatus",
        StatusOf,
        (status.StationStatus,),
        desk_sends=False,
        summary="A station about itself; its last will says that it is down.",
        retained=True,
    ),
    Channel(
        "deskStatus",
        StatusOfDesk,
        (status.DeskStatus,),
        desk_sends=True,
        summary="The desk about itself; its last will says that it is down.",
        retained=True,
    ),
    Channel(
        "shipmentQuery",
        QueryFrom,
        (outcome.ShipmentQuery,),
        desk_sends=False,
        summary="Asks for shipment records again.",
        answered_on=AnswerTo,
    ),
    Channel(
        "shipmentAnswer",
        AnswerTo,
        (outcome.ShipmentPage,),
        desk_sends=True,
        summary="Shipment records, oldest first, a page at a time.",
    ),
)


def document() -> dict[str, Any]:
    """The whole document."""
    messages = {message for channel in CHANNELS for message in channel.messages}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "packing-station: the hold protocol",
            "version": f"{VERSION}.0.0",
            "description": "What the contact center, the order feed, the desk and the packing stations say to each "
            "other over MQTT. docs/hold-protocol.md says what each may rely on. Written from the desk's side.",
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "site": {
                "host": "{broker}",
                "protocol": "mqtts",
                "protocolVersion": "5",
                "description": "The site's broker. Any that passes the check; mosquitto by default.",
                "variables": {"broker": {"default": "localhost:8883", "description": "Host and port."}},
                "bindings": {"mqtt": {"cleanSession": False, "keepAlive": 10}},
            }
        },
        "channels": {channel.name: _channel(channel) for channel in CHANNELS},
        "operations": {_operation_name(channel): _operation(channel) for channel in CHANNELS},
        "components": {
            "messages": {_camel(each): _message(each) for each in sorted(messages, key=lambda each: each.__name__)},
            "schemas": _schemas(messages),
        },
    }


def text() -> str:
    """The document as docs/asyncapi.json has it."""
    return json.dumps(document(), ensure_ascii=False, indent=2) + "\n"


def _channel(channel: Channel) -> dict[str, Any]:
    names = [field.name for field in fields(channel.address)]
    levels = iter(f"{{{name}}}" for name in names)
    address = "/".join(("{prefix}", *(word or next(levels) for word in FORMS[channel.address])))
    return {
        "address": address,
        "description": channel.summary,
        "parameters": {name: {"description": _PARAMETERS[name]} for name in ("prefix", *names)},
        "messages": {_camel(each): {"$ref": f"#/components/messages/{_camel(each)}"} for each in channel.messages},
    }


_PARAMETERS = {
    "prefix": "Of the site: packing/<site>.",
    "order": f"An order's number, of at most {MAX_IDENTIFIER_CHARACTERS} characters; what a topic level cannot hold is "
    "percent-encoded (station/protocol/identifiers.py).",
    "hold": "The hold's id, encoded likewise.",
    "what": "hold-<hold> or revision-<n>.",
    "client": "Who asks: a station's or another client's name at the broker.",
    "station": "A station's name.",
}


def _operation_name(channel: Channel) -> str:
    return ("send" if channel.desk_sends else "receive") + channel.name[0].upper() + channel.name[1:]


def _operation(channel: Channel) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "action": "send" if channel.desk_sends else "receive",
        "channel": {"$ref": f"#/channels/{channel.name}"},
        "summary": channel.summary,
        "bindings": {"mqtt": {"qos": 1, "retain": channel.retained}},
    }
    if channel.answered_on is not None:
        answers = next(each.name for each in CHANNELS if each.address is channel.answered_on)
        operation["reply"] = {"channel": {"$ref": f"#/channels/{answers}"}}
    return operation


def _message(kind: type[Message]) -> dict[str, Any]:
    return {
        "name": _camel(kind),
        "title": kind.__name__,
        "summary": _summary(kind),
        "description": f"At most {MAX_PAYLOAD_BYTES} bytes. An unknown field is ignored.",
        "payload": {"$ref": f"{_SCHEMAS}{kind.__name__}"},
    }


_RULES: dict[str, dict[str, Any]] = {
    "Service": {
        "if": {"properties": {"payment": {"const": "cod"}}, "required": ["payment"]},
        "then": {"properties": {"cod_amount_yen": {"type": "integer"}}, "required": ["cod_amount_yen"]},
        "else": {"properties": {"cod_amount_yen": {"type": "null"}}},
    },
    "Line": {
        "allOf": [
            {
                "if": {"properties": {"capture": {"minItems": 1}}, "required": ["capture"]},
                "then": {"properties": {"codes": {"contains": {"pattern": "^([0-9]{8}|[0-9]{12,14})$"}}}},
            },
            {
                "if": {"properties": {"expires_from": {"minLength": 1}}, "required": ["expires_from"]},
                "then": {"properties": {"capture": {"contains": {"const": "expiry"}}}, "required": ["capture"]},
            },
        ]
    },
}
"""What a type checks in code, as JSON Schema."""


def _schemas(messages: set[type[Message]]) -> dict[str, Any]:
    kinds = sorted(messages, key=lambda each: each.__name__)
    _, schemas = msgspec.json.schema_components(kinds, ref_template=f"{_SCHEMAS}{{name}}")
    words = _words_of_fields()
    for name, schema in schemas.items():
        schema["description"] = inspect.cleandoc(schema["description"])  # which Python 3.13 does and 3.11 does not
        for field, property_ in schema.get("properties", {}).items():
            if (name, field) in words and "$ref" not in property_:
                property_["description"] = words[name, field]
        schema.update(_RULES.get(name, {}))
    for kind in kinds:
        # The types have it by default, for those who write a message; who reads one takes none without.
        schemas[kind.__name__]["required"] = ["version", *schemas[kind.__name__].get("required", [])]
    # JSON Schema writes for $ what Python writes for \Z; Python's own $ would take a line break after it.
    plain: dict[str, Any] = json.loads(json.dumps(schemas).replace(r"\\Z", "$"))
    return dict(sorted(plain.items()))


def _words_of_fields() -> dict[tuple[str, str], str]:
    """The words that stand below a field in the source, by class and field; inherited fields have them too."""
    own: dict[str, dict[str, str]] = {}
    kinds: set[type[msgspec.Struct]] = set()
    for module in (hold, instruction, outcome, reply, request, status, unit):
        classes = (node for node in ast.parse(inspect.getsource(module)).body if isinstance(node, ast.ClassDef))
        own |= {node.name: dict(_words_in(node)) for node in classes}
        members = (each for each in vars(module).values() if inspect.isclass(each))
        kinds |= {each for each in members if issubclass(each, msgspec.Struct)}
    return {
        (kind.__name__, field): words
        for kind in kinds
        for base in reversed(kind.__mro__)
        for field, words in own.get(base.__name__, {}).items()
    }


def _words_in(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for field, below in pairwise(node.body):
        match field, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(words))):
                yield name, " ".join(words.split())


def _summary(kind: type[Message]) -> str:
    return re.split(r"\n\s*\n", inspect.getdoc(kind) or "")[0].replace("\n", " ")


def _camel(kind: type[Message]) -> str:
    return kind.__name__[0].lower() + kind.__name__[1:]


if __name__ == "__main__":
    sys.stdout.write(text())
