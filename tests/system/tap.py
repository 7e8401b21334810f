"""What was said on a line to the broker, read from what `wire.py` wrote down: every publish, when it was said first.

A word that goes up again with the DUP flag is the one of before, not a new one: MQTT sends again what was not
acknowledged, and that may be long after it was true. Only a copy of which the first went down with its connection
before anybody saw it counts, as said when the copy came.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.system.wire import HEAD

_CONNECT, _PUBLISH = 1, 3
_MQTT_5 = 5


@dataclass(frozen=True, slots=True)
class Word:
    """One publish."""

    at_s: float
    """When it was taken off the line, before it was handed on: CLOCK_MONOTONIC."""
    topic: str
    payload: bytes


def words(record: Path, line: int) -> list[Word]:
    """All that was published on one line, by its number, in the order in which it was said."""
    connections: dict[int, _Reader] = defaultdict(_Reader)
    said: list[Word] = []
    known: set[tuple[str, bytes]] = set()
    for at_s, connection, data in _pieces(record, line):
        for topic, payload, is_copy in connections[connection].publishes(data):
            if not is_copy or (topic, payload) not in known:
                said.append(Word(at_s, topic, payload))
            known.add((topic, payload))
    return said


def _pieces(record: Path, wanted: int) -> Iterator[tuple[float, int, bytes]]:
    data, at = record.read_bytes(), 0
    while at + HEAD.size <= len(data):
        at_s, line, connection, length = HEAD.unpack_from(data, at)
        at += HEAD.size + length
        if line == wanted:
            yield at_s, connection, data[at - length : at]


@dataclass(slots=True)
class _Reader:
    """One connection's bytes as MQTT packets (MQTT 5.0, 2.1 and 3.3; MQTT 3.1.1 has no properties)."""

    rest: bytes = b""
    version: int = 0

    def publishes(self, data: bytes) -> Iterator[tuple[str, bytes, bool]]:
        """Topic, payload and DUP flag of each that is whole now."""
        self.rest += data
        while (packet := self._packet()) is not None:
            first, body = packet
            if first >> 4 == _CONNECT:
                self.version = body[2 + int.from_bytes(body[:2], "big")]
            elif first >> 4 == _PUBLISH:
                yield self._publish(first, body)

    def _packet(self) -> tuple[int, bytes] | None:
        if len(self.rest) < 2:
            return None
        try:
            length, start = _variable_length(self.rest, 1)
        except IndexError:
            return None
        if len(self.rest) < start + length:
            return None
        first, body = self.rest[0], self.rest[start : start + length]
        self.rest = self.rest[start + length :]
        return first, body

    def _publish(self, first: int, body: bytes) -> tuple[str, bytes, bool]:
        at = 2 + int.from_bytes(body[:2], "big")
        topic = body[2:at].decode()
        if first & 0x06:  # QoS: a packet identifier
            at += 2
        if self.version == _MQTT_5:
            length, at = _variable_length(body, at)
            at += length
        return topic, body[at:], bool(first & 0x08)


def _variable_length(data: bytes, at: int) -> tuple[int, int]:
    """A number of one to four bytes, and where it ends. Raises IndexError where it is not whole."""
    value = shift = 0
    while True:
        byte = data[at]
        value, shift, at = value | (byte & 0x7F) << shift, shift + 7, at + 1
        if not byte & 0x80:
            return value, at
