"""One turn of the decisions: the state as it becomes, and what is wished on the way."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from station.bench.core.devices import Sound
from station.bench.core.effects import AddRecord, Audit, Entry, Play, Say, Wish
from station.bench.core.notices import Key, notice
from station.bench.core.order import Packed
from station.bench.core.state import (
    Asking,
    Bench,
    Doubting,
    Moment,
    Packing,
    Pending,
    Printing,
    Ready,
    Rules,
    Settling,
    Withdrawing,
)
from station.protocol.request import AnyRecord, AnyStep, GrantReference

_S = TypeVar("_S", bound=AnyStep)
_R = TypeVar("_R", bound=AnyRecord)


class Turn:
    """Collects. Made for one event and thrown away after it."""

    def __init__(self, bench: Bench, rules: Rules, moment: Moment) -> None:
        """Begin with the state as it is."""
        self.bench = bench
        self._bench_is_own = False
        self.rules = rules
        self.moment = moment
        self.entries: list[Entry] = []
        self.wishes: list[Wish] = []

    @property
    def now(self) -> float:
        """Seconds, never set back."""
        return self.moment.elapsed_s

    def set(self, **changes: Any) -> None:
        """The state with some of it changed: a copy of this turn's own, which nobody else has before its end."""
        if self._bench_is_own:
            for name, value in changes.items():
                object.__setattr__(self.bench, name, value)
        else:
            self.bench = replace(self.bench, **changes)
            self._bench_is_own = True

    def wish(self, wish: Wish) -> None:
        """Something for the world, after the disk."""
        self.wishes.append(wish)

    def enter(self, entry: Entry) -> None:
        """Something for the disk."""
        self.entries.append(entry)

    def tell(self, key: Key, *about: object, sound: Sound | None = None) -> None:
        """A line for the packer, with its sound."""
        self.set(notice=notice(key, *about), told=self.bench.told + 1)
        if sound is not None:
            self.wish(Play(sound))

    def audit(self, what: str, *, code: str = "", detail: str = "", order: str | None = None) -> None:
        """A line of the order's life."""
        packed = open_order(self.bench)
        name = order if order is not None else packed.order.order if packed else ""
        self.enter(Audit(what, order=name, code=code[:64], packer=self.bench.packer, detail=detail))

    def ask(self, kind: Callable[..., _S], **facts: Any) -> _S:
        """A numbered request, said when the desk knows this station and has its records, and said again until it is
        answered: to a desk that lacks a record, the order of a label that came out is one to be packed."""
        number = self.bench.asked + 1
        boot = self.bench.identity.boot
        step = kind(request=f"{boot}.{number}", boot=boot, number=number, **facts)
        self.set(asked=number, pending=Pending(step, self.now + self.rules.resend_s))
        if isinstance(self.bench.link, Ready) and not self.bench.outbox:
            self.wish(Say(step))
        return step

    def record(self, kind: Callable[..., _R], grant: GrantReference, **facts: Any) -> int:
        """A record for the desk, on disk before it is said; its sequence."""
        sequence = self.bench.last_sequence + 1
        journal = self.bench.identity.journal
        record = kind(
            request=f"{journal}:{sequence}",
            journal=journal,
            sequence=sequence,
            grant=grant,
            at=self.moment.shown(),
            packer=grant.packer or self.bench.packer,
            **facts,
        )
        self.enter(AddRecord(record))
        if not self.bench.outbox:
            self.set(outbox_resend_at=self.now)
        self.set(last_sequence=sequence, outbox=(*self.bench.outbox, record))
        return sequence


def open_order(bench: Bench) -> Packed | None:
    """The order that this process has in hand, in whatever session."""
    match bench.session:
        case Packing(packed=packed) | Asking(packed=packed) | Withdrawing(packed=packed) | Printing(packed=packed):
            return packed
        case Doubting(doubt=doubt) | Settling(doubt=doubt):
            return doubt.packed
        case _:
            return None


def with_open_order(bench: Bench, packed: Packed) -> Bench:
    """The same session with its order changed."""
    match bench.session:
        case Packing() | Asking() | Withdrawing() | Printing():
            return replace(bench, session=replace(bench.session, packed=packed))
        case Doubting() | Settling():
            doubt = replace(bench.session.doubt, packed=packed)
            return replace(bench, session=replace(bench.session, doubt=doubt))
        case _:
            return bench
