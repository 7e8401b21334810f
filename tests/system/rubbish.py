"""What no program should ever say, and one of them will."""

import random
from collections.abc import Iterator

from station.protocol.topics import (
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

MEGABYTE = 1 << 20

PAYLOADS: dict[str, bytes] = {
    "nothing": b"",
    "noise": bytes(range(256)),
    "a megabyte of noise": bytes(range(256)) * (MEGABYTE // 256),
    "a megabyte of JSON": b'{"version":1,"hold":"' + b"x" * MEGABYTE + b'"}',
    "JSON nested a hundred thousand deep": b"[" * 100_000 + b"]" * 100_000,
    "a byte-order mark": b'\xef\xbb\xbf{"version":1}',
    "Shift_JIS": '{"version":1,"note":"保留"}'.encode("shift_jis"),
    "a lone surrogate": b'{"version":1,"hold":"\\ud800","order":"\\udfff"}',
    "UTF-8 broken off in a character": '{"version":1,"hold":"保'.encode()[:-1],
    "no UTF-8 in a value": b'{"version":1,"hold":"\xff\xfe","kind":"other","state":"released"}',
    "null": b"null",
    "a number": b"1e999",
    "a text": b'"released"',
    "a list": b'[{"version":1}]',
    "an empty object": b"{}",
    "another version": b'{"version":2,"hold":"h","kind":"other","state":"released"}',
    "a version as text": b'{"version":"1","hold":"h","kind":"other","state":"released"}',
    "no version": b'{"hold":"h","kind":"other","state":"released"}',
    "wrong types": b'{"version":1,"hold":{},"kind":[],"state":true,"type":0,"order":null,"request":1.5,"up":"yes"}',
    "a state that there is not": b'{"version":1,"hold":"h","kind":"other","state":"free"}',
    "a type that there is not": b'{"version":1,"type":"grant","request":"r","order":"A-1"}',
    "line ends and escapes": b'{"version":1,"type":"\\n\\u001b[2J<3>forged line\\r\\n"}',
    "a number out of range": b'{"version":1,"revision":99999999999999999999999999,"number":-1,"sequence":-1}',
    "a key twice": b'{"version":1,"version":2,"state":"released","state":"active"}',
}

BAD_LEVELS = ("", "%", "%zz", "A%2f1", "%41", "%ff", "x" * 65, "\u3042" * 65, "%00%01", "$")
"""Topic levels that are the encoding of no identifier."""


def addresses(order: str, hold: str, station: str) -> tuple[Address, ...]:
    """One of each kind."""
    return (
        InstructionOf(order),
        HoldOn(order, hold),
        OutcomeOf(order, f"hold-{hold}"),
        ShipmentOf(order),
        RequestFrom(station),
        InboxOf(station),
        StatusOf(station),
        StatusOfDesk(),
        QueryFrom("contact-center"),
        AnswerTo("contact-center"),
    )


def broken_off(payload: bytes, chance: random.Random, count: int) -> Iterator[bytes]:
    """The beginnings of a good message."""
    for _ in range(count):
        yield payload[: chance.randrange(1, len(payload) - 1)]
