"""Has every recorded decision decided again, by the core that is here, and compares."""

import sqlite3
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, get_args

import msgspec

from station.bench.core.events import Event
from station.bench.core.machine import Step, restarted, step
from station.bench.core.state import Bench, Moment, Rules
from station.bench.journal import SCHEMA
from station.bench.recording import FORMAT, Beginning, Line, at_rest, decision, from_rest, is_at_rest
from station.sqlite import open_read_only

_KINDS: dict[str, msgspec.json.Decoder[Any]] = {kind.__name__: msgspec.json.Decoder(kind) for kind in get_args(Event)}
_LINE = msgspec.json.Decoder(Line)
_BEGINNING = msgspec.json.Decoder(Beginning)
_NOT_ASKED = "not asked for then"


_A = TypeVar("_A")
_B = TypeVar("_B")


class Unreadable(Exception):
    """A recording cannot be replayed; the text says what of it, and why."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """As it stands in a journal."""

    id: int
    boot: str
    boot_number: int
    software: str
    format: int
    first_event: int
    beginning: str
    ended: str
    begun_s: float
    """Time of day, as for ``last_s``."""
    last_s: float


@dataclass(frozen=True, slots=True)
class Played:
    """An event that was decided again."""

    number: int
    """Counted from 0 within the run."""
    at_s: float
    """Time of day."""
    kind: str
    event: bytes
    """JSON."""
    then: bytes
    """JSON: the recorded decision."""
    now: bytes
    """JSON: the decision of the core that is here."""

    @property
    def same(self) -> bool:
        """Whether both are one."""
        return self.then == self.now


class Recorded:
    """What a journal has recorded; the file is only read. A line's clocks are brought together for people."""

    def __init__(self, path: Path) -> None:
        """Raises StoreUnusable for a file that is no journal of this version."""
        self._path = path
        self._db = open_read_only(path, SCHEMA.version)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def chapters(self) -> list[Chapter]:
        """All, the oldest first. Raises Unreadable."""
        return [Chapter(*row) for row in self._rows(_CHAPTERS)]

    def lines(self, chapter: Chapter) -> Iterator[tuple[int, float, bytes]]:
        """Number and content of each line, and what brings its clock to the time of day. Raises Unreadable."""
        stream, number = zlib.decompressobj(), chapter.first_event
        for first_event, body, elapsed_s, at_s in self._rows(_PARTS, chapter.id):
            if first_event != number:
                raise Unreadable(f"events {number} to {first_event - 1} are missing")
            try:
                lines = stream.decompress(body).splitlines()
            except zlib.error as error:
                raise Unreadable(f"event {number} and what comes after it cannot be unpacked: {error}") from error
            for line in lines:
                yield number, at_s - elapsed_s, line
                number += 1

    def _rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        try:
            return self._db.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise Unreadable(f"{self._path} is damaged or no journal of a station: {error}") from error


_CHAPTERS = """
    SELECT id, boot, boot_number, software, format, first_event, beginning, ended, at_s,
           coalesce((SELECT max(at_s) FROM recorded WHERE chapter = id), at_s)
    FROM chapters ORDER BY id
"""
_PARTS = "SELECT first_event, body, elapsed_s, at_s FROM recorded WHERE chapter = ? ORDER BY first_event"


@dataclass(slots=True)
class Player:
    """The core that is here, in the place of the one that decided then: chapter after chapter."""

    _bench: Bench | None = None
    """As it is after the last event; None where it differs from what it was then."""
    _boot: str = ""

    def play(self, recorded: Recorded, chapter: Chapter) -> Iterator[Played]:
        """Every event, to the first that is decided otherwise. Raises Unreadable."""
        beginning = _begun(chapter)
        former, self._bench = self._bench if chapter.boot == self._boot else None, None
        self._boot = chapter.boot
        bench: Bench | None = None
        if beginning.state is not None:
            bench = _readable("the state at its beginning", from_rest, beginning.state)
            if former is not None and (changed := _compared(chapter, former, bench)) is not None:
                yield changed
                return
        for number, offset_s, content in recorded.lines(chapter):
            line = _readable(f"event {number}", _LINE.decode, content)
            decided = _decided_again(number, line, beginning, bench)
            played = Played(
                number, line.elapsed_s + offset_s, line.kind, bytes(line.event), bytes(line.decision), decision(decided)
            )
            yield played
            if not played.same or isinstance(decided, str):
                return
            bench = decided.bench
        self._bench = bench


def _begun(chapter: Chapter) -> Beginning:
    if chapter.format != FORMAT:
        raise Unreadable(
            f"recorded in format {chapter.format} by version {chapter.software}; this program knows format {FORMAT}"
        )
    return _readable("its beginning", _BEGINNING.decode, chapter.beginning)


def _decided_again(number: int, line: Line, beginning: Beginning, bench: Bench | None) -> Step | str:
    shown = iter(line.shown)
    moment = Moment(line.elapsed_s, lambda: next(shown, _NOT_ASKED))
    if not line.kind:
        if beginning.remembered is None:
            raise Unreadable(f"event {number} is a start, but its chapter does not begin with one")
        return restarted(beginning.remembered, beginning.rules, moment)
    if bench is None:
        raise Unreadable(f"event {number} has no state before it")
    if line.kind not in _KINDS:
        raise Unreadable(f"event {number} is of a kind that this version does not know: {line.kind[:60]!r}")
    event = _readable(f"event {number}", _KINDS[line.kind].decode, line.event)
    return _step(bench, event, beginning.rules, moment)


def _step(bench: Bench, event: Event, rules: Rules, moment: Moment) -> Step | str:
    try:
        return step(bench, event, rules, moment)
    except Exception as error:  # as the loop does: that a decision breaks is one, too
        return type(error).__name__


def _compared(chapter: Chapter, ended: Bench, begins: Bench) -> Played | None:
    """Where the chapter before does not end in the state with which this one begins."""
    then = msgspec.json.encode(at_rest(begins))
    now = msgspec.json.encode(at_rest(ended)) if is_at_rest(ended) else b'{"others":{"session":"not at rest"}}'
    if then == now:
        return None
    return Played(chapter.first_event, chapter.begun_s, "the state before it", b"null", then, now)


def _readable(what: str, read: Callable[[_A], _B], content: _A) -> _B:
    try:
        return read(content)
    except (msgspec.MsgspecError, UnicodeDecodeError, LookupError) as error:
        raise Unreadable(f"{what} cannot be read by this version: {error}") from error
