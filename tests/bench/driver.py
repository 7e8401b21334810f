"""Steps a bench's decisions in virtual time, with a desk that answers when it is told to, and a printer likewise."""

from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from station.bench.core.codes import Code
from station.bench.core.devices import (
    PrintConfirmed,
    PrinterChanged,
    PrinterState,
    Proof,
    Scanned,
    Sound,
)
from station.bench.core.effects import Entry, Forget, Play, Prepare, Say, SendToPrinter, Wish
from station.bench.core.events import (
    Answered,
    Event,
    HoldHeard,
    LabelsDrawn,
    LinkUp,
    OrderOpened,
    Passed,
    Welcomed,
)
from station.bench.core.machine import restarted, step
from station.bench.core.notices import Key
from station.bench.core.order import LineFacts, OrderFacts
from station.bench.core.screen import screen, tone
from station.bench.core.state import Bench, Identity, Moment, Remembered, Rules, next_deadline
from station.bench.core.turn import open_order
from station.protocol.hold import Hold
from station.protocol.reply import AnyReply, CallBack, Granted, Kept, Refusal, Refused, Welcome
from station.protocol.request import AnyRequest, GrantReference, Heard, Hello, Open, Print, Record, Reprint

IDENTITY = Identity(journal="journal-1", boot="1-boot", boot_number=1)
TEA, CUP = "04901234567894", "04512345678901"
_R = TypeVar("_R", bound=AnyRequest)


def order(
    name: str = "A-1",
    *,
    revision: int = 1,
    lines: tuple[tuple[str, int], ...] = ((TEA, 1),),
    pieces: int = 1,
    to_acknowledge: tuple[str, ...] = (),
) -> OrderFacts:
    """An order with one slip, ``NS-`` and its name."""
    return OrderFacts(
        order=name,
        revision=revision,
        slips=(f"NS-{name}",),
        lines=tuple(LineFacts((code,), f"item {code}", quantity) for code, quantity in lines),
        tracking_numbers=tuple(f"12345678901{piece}" for piece in range(pieces)),
        to_acknowledge=to_acknowledge,
    )


def hold(name: str = "h1", state: str = "active") -> Hold:
    """A hold on whatever order."""
    return Hold(hold=name, kind="cancel", state="active" if state == "active" else "released", note="stop it")


@dataclass
class Driver:
    """One bench. ``ready()`` brings it to where a packer begins."""

    rules: Rules = field(default_factory=lambda: Rules(station="station-1", slip_pattern="^NS-"))
    remembered: Remembered = field(default_factory=lambda: Remembered(IDENTITY))
    now: float = 100.0
    entries: list[Entry] = field(default_factory=list)
    wishes: list[Wish] = field(default_factory=list)
    log: list[object] = field(default_factory=list)
    """Entries and wishes in the order in which the loop carries them out."""

    def __post_init__(self) -> None:
        """Start as the daemon does."""
        first = restarted(self.remembered, self.rules, self._moment())
        self.bench: Bench = first.bench
        self._take(first.entries, first.wishes)

    def ready(self) -> "Driver":
        """Connected, welcomed, and with a printer that is ready."""
        self.happens(PrinterChanged(PrinterState.READY))
        self.happens(LinkUp())
        self.welcome()
        return self

    def welcome(
        self,
        *outstanding: GrantReference,
        settled: tuple[str, ...] = (),
        incarnation: str = "run-1",
        recalls: tuple[CallBack, ...] = (),
        number: int = 0,
    ) -> None:
        """The desk's answer to the newest hello."""
        hello = self.said(Hello)
        self.happens(
            Welcomed(
                Welcome(
                    request=hello.request,
                    epoch="epoch-1",
                    incarnation=incarnation,
                    decision=0,
                    last_sequence=hello.last_sequence if not self.bench.outbox else 0,
                    outstanding=outstanding,
                    settled=settled,
                    want_holds=True,
                    recalls=recalls,
                    number=number,
                )
            )
        )
        while self.bench.outbox:
            self.keep()
        self.answer(Kept(request=self.said(Heard).request))

    def happens(self, event: Event, *, after_s: float = 0.0) -> None:
        """One event, so long after the last."""
        self.now += after_s
        decided = step(self.bench, event, self.rules, self._moment())
        self.bench = decided.bench
        self._take(decided.entries, decided.wishes)

    def passes(self, seconds: float) -> None:
        """Time passes; every deadline is met."""
        until = self.now + seconds
        while (deadline := next_deadline(self.bench)) is not None and deadline <= until:
            self.now = max(self.now, deadline)
            self.happens(Passed())
        self.now = until

    def scan(self, text: str, *, scanner: str = "hand", after_s: float = 1.0) -> None:
        """One code. Fourteen digits are a GTIN."""
        gtin = text if text.isdigit() and len(text) == 14 else None
        self.happens(Scanned(scanner, Code(text, gtin=gtin)), after_s=after_s)

    def answer(self, reply: AnyReply) -> None:
        """An answer, that carries its facts itself, of the desk that welcomed this bench."""
        self.happens(Answered(msgspec.structs.replace(reply, incarnation=self.bench.incarnation)))  # type: ignore[arg-type]

    def answer_kept(self, kind: type[AnyRequest]) -> None:
        """The desk keeps the newest request of a kind."""
        self.answer(Kept(request=self.said(kind).request))

    def keep(self) -> None:
        """The desk keeps the record that is under way."""
        self.answer(Kept(request=self.bench.outbox[0].request))

    def open(self, facts: OrderFacts, *holds: Hold, reprint: int = 0) -> None:
        """The slip is scanned, and the desk opens the order; its labels are drawn."""
        self.scan(facts.slips[0])
        self.opened(facts, *holds, reprint=reprint)

    def opened(self, facts: OrderFacts, *holds: Hold, reprint: int = 0) -> None:
        """The desk's answer to the newest open or reprint."""
        asked = [each for each in self.requests if isinstance(each, Open | Reprint)][-1]
        self.happens(OrderOpened(asked.request, self.bench.incarnation, facts, holds, reprint))
        self.draw()

    def draw(self) -> None:
        """The labels that were asked for last are drawn."""
        wanted = [wish for wish in self.wishes if isinstance(wish, Prepare)][-1]
        self.happens(LabelsDrawn(wanted.order, wanted.revision, wanted.reprint))

    def hear(self, held: Hold, name: str = "A-1") -> None:
        """A hold comes over the broker."""
        self.happens(HoldHeard(name, held, changed=True))

    def pack(self, facts: OrderFacts) -> None:
        """Open an order and scan every unit: permission is asked for."""
        self.open(facts)
        for line in facts.lines:
            for _ in range(line.quantity):
                self.scan(line.codes[0])

    def granted(self, *, revision: int = 1, reprint: int = 0) -> GrantReference:
        """The desk's yes to the newest print."""
        asked = self.said(Print)
        packed = open_order(self.bench)
        numbers = packed.order.tracking_numbers if packed else ()
        grant = GrantReference(
            grant=asked.request, order=asked.order, revision=revision, reprint=reprint, tracking_numbers=numbers
        )
        self.answer(Granted(request=asked.request, grant=grant, epoch="epoch-1", decision=1))
        return grant

    def refused(self, reason: Refusal, kind: type[AnyRequest] = Print, **facts: object) -> None:
        """The desk's no to the newest request of a kind."""
        self.answer(Refused(request=self.said(kind).request, reason=reason, order="A-1", **facts))  # type: ignore[arg-type]

    def confirmed(self, grant: GrantReference) -> None:
        """The printer's proof."""
        self.happens(PrintConfirmed(grant.grant, Proof.PROCESS_ID))

    @property
    def requests(self) -> list[AnyRequest]:
        """Everything said to the desk."""
        return [wish.request for wish in self.wishes if isinstance(wish, Say)]

    def said(self, kind: type[_R]) -> _R:
        """The newest request of a kind."""
        return [request for request in self.requests if isinstance(request, kind)][-1]

    def count(self, kind: type[AnyRequest]) -> int:
        """How many different requests of a kind were said: a repetition is none."""
        return len({request.request for request in self.requests if isinstance(request, kind)})

    @property
    def records(self) -> list[Record]:
        """Everything that was recorded for the desk."""
        return [entry.record for entry in self.entries if hasattr(entry, "record")]

    @property
    def prints(self) -> list[GrantReference]:
        """Everything that was sent to the printer."""
        return [wish.grant for wish in self.wishes if isinstance(wish, SendToPrinter)]

    @property
    def forgotten(self) -> list[str]:
        """The orders whose personal data were dropped."""
        return [wish.order for wish in self.wishes if isinstance(wish, Forget)]

    @property
    def sounds(self) -> list[Sound]:
        """Everything that the buzzer said."""
        return [wish.sound for wish in self.wishes if isinstance(wish, Play)]

    @property
    def notice(self) -> Key:
        """The line that the packer reads."""
        return self.bench.notice.key

    @property
    def tone(self) -> str:
        """go, wait or stop."""
        return tone(self.bench).value

    @property
    def counted(self) -> list[int]:
        """Units counted on each line, as the screen shows them."""
        return [line.counted for line in screen(self.bench, self.rules.station).lines]

    @property
    def session(self) -> str:
        """Where the packer is."""
        return type(self.bench.session).__name__

    def _take(self, entries: tuple[Entry, ...], wishes: tuple[Wish, ...]) -> None:
        self.entries.extend(entries)
        self.wishes.extend(wishes)
        self.log.extend([*entries, *wishes])

    def _moment(self) -> Moment:
        return Moment(self.now, lambda: f"at {self.now:.1f}")
