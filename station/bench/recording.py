"""What the decisions were given, and what they decided: enough to have every one of them decided again (``replay``).

A run is one start of the daemon. It is recorded in chapters: each begins with all that its first decision rests on, so
that it stands alone when older ones are past their time. Nothing here is in the way of a print: the loop adds to a
list, and what waits in it is encoded and written with the next commit that is no print's.

A chapter is one stream of lines of JSON, compressed without a break from its first event to its last: an event with its
decision takes some fifty bytes so. No personal data: the decisions have none but the words of people (a hold's note,
instructions to the packer, articles' names), of which only a fingerprint is kept, made with a key that is not.
"""

import hashlib
import secrets
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any, get_type_hints

import msgspec

from station.bench.core.effects import AddRecord
from station.bench.core.events import Event
from station.bench.core.machine import Step
from station.bench.core.notices import Key, Notice
from station.bench.core.state import Away, Bench, Idle, Intent, Ready, Remembered, Rules

FORMAT = 2
"""Of what a chapter holds."""
MAX_CHAPTER_EVENTS = 4_096
"""A chapter that has as many ends as soon as no order is open."""
WORDS = frozenset({"note", "by", "name", "notes", "to_acknowledge"})
"""The fields of events and effects that hold what people wrote."""
FINGERPRINT_BYTES = 6


class Line(msgspec.Struct, frozen=True, array_like=True):
    """One event and its decision."""

    elapsed_s: float
    kind: str
    """The event's type; empty for the start of the daemon."""
    event: msgspec.Raw
    shown: tuple[str, ...]
    """The time of day as often as it was asked for."""
    decision: msgspec.Raw


class Decision(msgspec.Struct, frozen=True):
    """What can be seen of a decision."""

    entries: tuple[tuple[str, Any], ...] = ()
    wishes: tuple[tuple[str, Any], ...] = ()
    session: str = ""
    notice: str = ""
    told: int = 0
    raised: str = ""
    """The error that ended the daemon instead of a decision."""


class Rest(msgspec.Struct, frozen=True):
    """A state in which no order is open. The line that the packer reads stands without what it is about."""

    intent: Intent
    linked: bool
    notice: Key
    others: dict[str, Any]
    """Every other part of the state, by its name."""


class Beginning(msgspec.Struct, frozen=True):
    """What the first decision of a chapter rests on: the journal, at a start; else the state."""

    rules: Rules
    remembered: Remembered | None = None
    state: Rest | None = None


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter that begins."""

    boot: str
    boot_number: int
    software: str
    beginning: bytes


@dataclass(frozen=True, slots=True)
class Part:
    """Some events in a row, for the journal."""

    chapter: Chapter | None
    """Where the first of them begins one."""
    first_event: int
    """Counted from 0 within the run."""
    elapsed_s: float
    """When it is written, by the clock that limits are counted with."""
    body: bytes
    ended: str = ""
    """Why the chapter ends here, where it does."""


@dataclass(slots=True)
class Recording:
    """What one run has decided and not yet written."""

    rules: Rules
    _beginning: Beginning | None
    _identity: tuple[str, int]
    _waiting: list[tuple[Event | None, float, Step | str]]
    _first_event: int = 0
    _chapter_events: int = 0
    _key: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    """Never written, and gone with the process: no fingerprint can be tried out."""
    _stream: Any = field(default_factory=zlib.compressobj)

    @classmethod
    def begun(cls, rules: Rules, remembered: Remembered, first: Step, elapsed_s: float) -> "Recording":
        """Of a daemon that starts: what its journal told it, and what it decided then."""
        identity = (remembered.identity.boot, remembered.identity.boot_number)
        return cls(rules, Beginning(rules, remembered=remembered), identity, [(None, elapsed_s, first)])

    @property
    def waiting(self) -> int:
        """Events that are not written."""
        return len(self._waiting)

    def add(self, event: Event, elapsed_s: float, decided: Step | str) -> None:
        """One more decision; a text names the error that came instead."""
        self._waiting.append((event, elapsed_s, decided))

    def part(self, elapsed_s: float, *, stopped: bool = False) -> Part | None:
        """What waits, encoded, to be written at once: the next part goes on where this one ends.

        ``stopped``: nothing comes after it, and that is no accident.
        """
        if not self._waiting and not stopped:
            return None
        waiting, self._waiting = self._waiting, []
        chapter = self._chapter()
        body = self._stream.compress(b"".join(self._line(*each) for each in waiting))
        body += self._stream.flush(zlib.Z_SYNC_FLUSH)
        first_event = self._first_event
        self._first_event += len(waiting)
        self._chapter_events += len(waiting)
        ended = "stopped" if stopped else self._turned(waiting[-1][-1])
        return Part(chapter, first_event, elapsed_s, body, ended)

    def _chapter(self) -> Chapter | None:
        if self._beginning is None:
            return None
        beginning, self._beginning = msgspec.json.encode(self._beginning), None
        boot, number = self._identity
        return Chapter(boot, number, self.rules.software, beginning)

    def _turned(self, last: Step | str) -> str:
        """A chapter that is long enough ends where the state is short."""
        if isinstance(last, str) or self._chapter_events < MAX_CHAPTER_EVENTS or not is_at_rest(last.bench):
            return ""
        self._beginning = Beginning(self.rules, state=at_rest(last.bench))
        self._chapter_events = 0
        self._stream = zlib.compressobj()
        return "goes on"

    def _line(self, event: Event | None, elapsed_s: float, decided: Step | str) -> bytes:
        line = Line(
            elapsed_s,
            type(event).__name__ if event is not None else "",
            msgspec.Raw(msgspec.json.encode(_with_words(msgspec.to_builtins(event), self._fingerprint))),
            times_shown(decided),
            msgspec.Raw(decision(decided)),
        )
        return msgspec.json.encode(line) + b"\n"

    def _fingerprint(self, words: str) -> str:
        """The same for the same words: decisions compare them."""
        if not words:
            return ""
        encoded = words.encode("utf-8", "surrogatepass")
        return hashlib.blake2b(encoded, key=self._key, digest_size=FINGERPRINT_BYTES).hexdigest()


def decision(decided: Step | str) -> bytes:
    """What a decision comes to, in one form for the same decision, and without people's words."""
    if isinstance(decided, str):
        return msgspec.json.encode(Decision(raised=decided))
    return msgspec.json.encode(
        Decision(
            entries=_named(decided.entries),
            wishes=_named(decided.wishes),
            session=type(decided.bench.session).__name__,
            notice=decided.bench.notice.key.value,
            told=decided.bench.told,
        )
    )


def times_shown(decided: Step | str) -> tuple[str, ...]:
    """The time of day is asked for where a record is made, and stands in it."""
    if isinstance(decided, str):
        return ()
    return tuple(entry.record.at for entry in decided.entries if isinstance(entry, AddRecord))


def is_at_rest(bench: Bench) -> bool:
    """No order is open and no label in doubt, and the desk is there, or there is no broker."""
    session = bench.session
    plain = isinstance(session, Idle) and session == Idle(session.intent)
    return plain and isinstance(bench.link, Away | Ready) and not bench.doubts and not bench.scan_backs


def at_rest(bench: Bench) -> Rest:
    """A state of rest, to be written down."""
    assert isinstance(bench.session, Idle)  # noqa: S101  (is_at_rest is asked before)
    others = {name: msgspec.to_builtins(getattr(bench, name)) for name in _OTHERS}
    return Rest(bench.session.intent, isinstance(bench.link, Ready), bench.notice.key, others)


def from_rest(rest: Rest) -> Bench:
    """The state that was written down. Raises msgspec.ValidationError."""
    return Bench(
        session=Idle(rest.intent),
        link=Ready() if rest.linked else Away(),
        notice=Notice(rest.notice),
        **{name: msgspec.convert(rest.others[name], kind) for name, kind in _OTHERS.items()},
    )


_OTHERS = {
    each.name: get_type_hints(Bench)[each.name]
    for each in fields(Bench)
    if each.name not in ("session", "link", "notice")
}


def _named(effects: tuple[Any, ...]) -> tuple[tuple[str, Any], ...]:
    return tuple(
        (type(effect).__name__, _with_words(msgspec.to_builtins(effect), lambda _words: "")) for effect in effects
    )


def _with_words(value: Any, instead: Callable[[str], str]) -> Any:
    """A message with something else where people's words stand."""
    match value:
        case dict():
            return {
                name: _replaced(each, instead) if name in WORDS else _with_words(each, instead)
                for name, each in value.items()
            }
        case list() | tuple():
            return [_with_words(each, instead) for each in value]
        case _:
            return value


def _replaced(value: Any, instead: Callable[[str], str]) -> Any:
    match value:
        case str():
            return instead(value)
        case list() | tuple():
            return [instead(each) for each in value]
        case _:
            return value
