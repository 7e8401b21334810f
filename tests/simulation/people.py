"""People: packers, the contact center, a supervisor. They err, but never about a label that they looked for."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from msgspec.structs import replace

from station.bench.core.cards import Card
from station.bench.core.devices import BadgeKind, BadgeScanned, KeyTurned, PrinterState, Scanned
from station.bench.core.notices import Key
from station.bench.core.order import LineFacts, Packed
from station.bench.core.state import (
    Asking,
    CallingBack,
    Doubt,
    Doubting,
    Idle,
    Opening,
    Packing,
    Ready,
    ScanBackRule,
    ScanningBack,
    Withdrawing,
)
from station.desk.core.order import Granted, InDoubt
from station.devices.barcode import read_code
from station.protocol.codec import digest, encode
from station.protocol.hold import Hold
from station.protocol.instruction import Instruction
from station.protocol.outcome import Outcome, OutcomeKind, decode_outcome
from station.protocol.reply import Kept, decode_inbox
from station.protocol.request import GrantReference, Resolve
from station.protocol.scanback import ScanBack
from station.protocol.status import decode_desk_status
from station.protocol.topics import HoldOn, InboxOf, InstructionOf, OutcomeOf, RequestFrom, StatusOfDesk
from tests.promises.labels import LabelSet
from tests.promises.oracle import Oracle
from tests.simulation.faults import Faults
from tests.simulation.goods import EXPIRED, LASTS_UNTIL, WRONG_CODE, code_of, next_revision, slip_of
from tests.simulation.network import Network, Port
from tests.simulation.processes import TOPICS, Desk, Station

ASK_AGAIN_S = 2.0
_NOT_SETTLED = (None, OutcomeKind.PRINTING, OutcomeKind.UNKNOWN, OutcomeKind.RECALLING)
BOSS = "boss"


@dataclass
class Packer:
    """Packs what lies on the bench, as the screen tells."""

    faults: Faults
    station: Station
    oracle: Oracle
    work: Callable[[], list[str]]
    """The orders that may lie on this bench."""
    has_badge: bool = False
    """Its supervisor shows a badge instead of turning the key."""
    counts_by_card: bool = False
    """It scans a quantity where it can, and sometimes has an item without a barcode."""
    slip: str = ""
    _units: int = 0
    _away_until_s: float = 0.0

    @property
    def chance(self) -> random.Random:
        """The world's."""
        return self.faults.chance

    def begin(self) -> None:
        """Go to work, for ever."""
        self._act()

    def _act(self) -> None:
        self.faults.schedule.after(self.chance.uniform(0.3, 1.2), self._act)
        if not self.station.up or self.faults.schedule.now < self._away_until_s:
            return
        if self.faults.strikes("packer walks away"):
            self._away_until_s = self.faults.schedule.now + self.chance.uniform(5.0, 40.0)
            self.faults.tell(self.station.name, "   the packer walks away")
            return
        if self.station.printer.state is not PrinterState.READY and self.chance.random() < 0.3:
            self.station.printer.mend()
        match self.station.bench.session:
            case Idle():
                self._idle()
            case Packing(packed):
                self._pack(packed)
            case Doubting(doubt=doubt, clearing=False):
                self._look(doubt)
            case ScanningBack(grant=grant):
                self._scan_back(grant)
            case CallingBack() as session:
                self._find(session)
            case Opening() | Asking() | Withdrawing() if self.faults.strikes("packer cancels"):
                self._scan(Card.CANCEL)
            case _:
                pass

    def _find(self, session: CallingBack) -> None:
        """One label after the other, where the parcel is still there; what is in hand is there for sure."""
        grant = session.recall.grant
        found = next((each for each in self.oracle.sets if each.grant == grant.grant), None)
        if found is None or not found.whole or found.grant in self.oracle.left:
            self._scan(Card.GONE)
        elif session.by_desk and self.faults.strikes("parcel has left the bench"):
            self.oracle.left.add(found.grant)
            self._scan(Card.GONE)
        elif not session.by_desk and self.faults.strikes("packer thinks better of it"):
            self._scan(Card.CANCEL)
        elif (others := self._labels_but(found)) and self.faults.strikes("packer scans another label"):
            self._scan(self.chance.choice(others))
        else:
            missing = [number for number in found.tracking_numbers if number not in session.scanned]
            self._scan(self.chance.choice(missing), of=found)

    def _labels_but(self, label_set: LabelSet) -> list[str]:
        numbers = {number for each in self.oracle.sets for number in each.tracking_numbers}
        return sorted(numbers - {*label_set.tracking_numbers})

    def _take_in_hand(self, card: Card) -> None:
        """A parcel that stands somewhere is brought to this bench."""
        label_set = max((each for each in self.oracle.sets if each.whole), key=lambda _: self.chance.random())
        label = self.chance.choice(label_set.tracking_numbers)

        def show() -> None:
            self._scan(card)
            self._scan(label, of=label_set)

        if card is Card.VOID:
            self._with_supervisor(show)
        else:
            show()

    def _idle(self) -> None:
        key = self.station.bench.notice.key
        if key is Key.OPEN_AT_DEAD_STATION and self.faults.strikes("take-over from a dead station"):
            self._scan(Card.TAKE_OVER, self.slip)
        elif key is Key.OPEN_ELSEWHERE and self.faults.strikes("take-over by a supervisor"):
            self._with_supervisor(lambda: self._scan(Card.TAKE_OVER, self.slip))
        elif (shipped := self._shipped()) and self.faults.strikes("reprint asked"):
            order = self.chance.choice(shipped)
            self.oracle.reprints_asked[order] += 1
            self._with_supervisor(lambda: self._scan(Card.REPRINT, slip_of(order)))
        elif shipped and self.faults.strikes("label in hand is made void"):
            self._take_in_hand(Card.VOID)
        elif shipped and self.faults.strikes("swap at the dock"):
            self._take_in_hand(Card.SWAP)
        elif self.faults.strikes("packer scans an item first"):
            self._scan(WRONG_CODE)
        elif shipped and self.faults.strikes("packer scans a shipped order's slip"):
            self._scan(slip_of(self.chance.choice(shipped)))
        elif work := self.work():
            self.slip = slip_of(self.chance.choice(work))
            self._scan(self.slip)

    def _pack(self, packed: Packed) -> None:
        if packed.active_holds:
            if not self.faults.active or self.chance.random() < 0.2:
                self._scan(Card.CANCEL)
        elif self.faults.strikes("packer cancels"):
            self._scan(Card.CANCEL)
        elif self.faults.strikes("packer scans the wrong item"):
            self._scan(WRONG_CODE)
        elif self.faults.strikes("packer scans another slip in between") and (work := self.work()):
            self._scan(slip_of(self.chance.choice(work)))
        elif not packed.complete:
            self._count(packed)
        elif not packed.noted:
            self._scan(Card.ACKNOWLEDGE)
        elif not isinstance(self.station.bench.link, Ready) and self.faults.strikes("printed without permission"):
            self._with_supervisor(lambda: None)

    def _count(self, packed: Packed) -> None:
        index = packed.open_lines[0]
        line, lacking = packed.order.lines[index], packed.lacks(index)
        code = self._code(line)
        by_card = self.counts_by_card and not line.scanned_singly
        if by_card and self.faults.strikes("item has no barcode"):
            self._with_supervisor(lambda: self._scan(Card.NO_BARCODE, "PS-N-1"))
        elif by_card and lacking > 1:
            self._scan(Card.QUANTITY, f"PS-N-{lacking}", code)
        else:
            self._scan(*([code] * (2 if self.faults.strikes("packer reads twice") else 1)))

    def _code(self, line: LineFacts) -> str:
        """Of a unit in hand. One that lies in another parcel may be a copy, or a parcel that was opened again."""
        if line.capture and self.faults.strikes("packer scans the JAN where more is asked for"):
            return line.codes[0]
        self._units += 1
        serial = f"{self.station.name}-{self._units}"
        others = sorted({each for serials in self.oracle.scanned.values() for each in serials})
        if line.capture and others and self.faults.strikes("packer scans a unit of another parcel"):
            serial = self.chance.choice(others)
        self.oracle.scanned[self.station.name].add(serial)
        is_old = line.capture and self.faults.strikes("packer scans an expired unit")
        return code_of(line, serial, EXPIRED if is_old else LASTS_UNTIL)

    def _look(self, doubt: Doubt) -> None:
        """The truth: what lies there is scanned; of a torn set what is there is destroyed first."""
        printer, grant = self.station.printer, doubt.grant.grant
        found = next((each for each in printer.sets if each.grant == grant), None)
        may_come = printer.in_hand is not None and printer.in_hand is found
        if may_come and printer.state in (PrinterState.READY, PrinterState.NO_ANSWER):
            return  # it is printing, maybe: wait and see
        if found is not None and found.came_out:
            is_told_by_card = self.station.rules.scan_back is ScanBackRule.NEVER
            if is_told_by_card:
                self._scan(Card.LABEL_OUT)
            else:
                self._scan(*found.tracking_numbers, of=found)
            return
        if found is not None:
            found.destroyed = True
        is_told = self.station.bench.notice.key is Key.NOT_CLEARED
        if is_told and self.faults.strikes("printer set aside by a supervisor"):
            printer.lose_power()
            self._with_supervisor(lambda: self._scan(Card.NO_LABEL))
            return
        self._scan(Card.NO_LABEL)

    def _scan_back(self, grant: GrantReference) -> None:
        """What is stuck on the box: now and then a neighbour's label, that this packer then takes off."""
        others = [each for each in self.oracle.sets if each.grant != grant.grant and each.order != grant.order]
        if others and self.faults.strikes("packer sticks on another label"):
            self._scan(self.chance.choice(others).tracking_numbers[0])
            return
        found = next((each for each in self.oracle.sets if each.grant == grant.grant), None)
        for piece, number in enumerate(grant.tracking_numbers, start=1):
            label = ScanBack(grant.order, grant.revision, grant.reprint, piece)
            self._scan(number if piece % 2 else str(label), of=found, number=number)
        self.station.scanned_back.add(grant.grant)

    def _shipped(self) -> list[str]:
        return sorted({each.order for each in self.oracle.sets if each.whole})

    def _with_supervisor(self, act: Callable[[], None]) -> None:
        if self.has_badge:
            self.station.post(BadgeScanned("hand", BadgeKind.SUPERVISOR, "boss", 1))
            act()
            return
        self.station.post(KeyTurned(on=True))
        act()
        self.station.post(KeyTurned(on=False))

    def _scan(self, *texts: str, of: LabelSet | None = None, number: str = "") -> None:
        """``of``: these are its labels, ``number`` stands on them. A station that was frozen may have heard meanwhile
        that they are called back, and then these scans make them void."""
        for text in texts:
            read = text[len(text) // 2 :] if self.faults.strikes("scan is torn") else text
            if of is not None and read == text:
                self.oracle.scan_to_void(of.order, number or text)
            self.faults.tell(self.station.name, f"   scans {read}")
            self.station.post(Scanned("hand", read_code(read)))


@dataclass
class ContactCenter:
    """Order feed and contact center: says everything again until it is answered for good."""

    faults: Faults
    network: Network
    oracle: Oracle
    name: str = "contact"
    operator: int = 0
    newest: dict[str, Instruction] = field(default_factory=dict)
    holds: dict[tuple[str, str], Hold] = field(default_factory=dict)
    answers: dict[tuple[str, str], OutcomeKind] = field(default_factory=dict)
    """By order and what was asked, as the topic of the outcome names it."""
    _epoch: str = ""
    _numbers: dict[tuple[OutcomeOf, str], int] = field(default_factory=dict)
    """The highest that was heard on each topic of each content, in this epoch."""

    def begin(self) -> None:
        """Listen, and ask again for ever."""
        hears = (TOPICS.pattern(OutcomeOf), TOPICS.of(StatusOfDesk()))
        self.port = self.network.attach(Port(self.name, hears, self._take, session=True))
        self._ask_again()

    def instruct(self, instruction: Instruction) -> None:
        """Publish an instruction, or a new revision of it."""
        self.newest[instruction.order] = instruction
        self.faults.tell(self.name, f"{instruction.order} revision {instruction.revision}")
        self._say_instruction(instruction)

    def hold(self, order: str, hold: str) -> None:
        """Hold an order. What nobody can read holds it, too."""
        if self.faults.strikes("hold garbled"):
            self.network.publish(TOPICS.of(HoldOn(order, hold)), b'{"version":1,"hold":')
        self._say_hold(order, Hold(hold=hold, kind="address_change", state="active"))

    def release(self, order: str, hold: str) -> None:
        """Release it."""
        self.oracle.released.add((order, hold))
        self.answers.pop((order, f"hold-{hold}"), None)
        self._say_hold(order, Hold(hold=hold, kind="address_change", state="released"))

    def standing(self, order: str) -> list[str]:
        """The holds on an order that are not released."""
        return [hold for (name, hold), said in self.holds.items() if name == order and said.state == "active"]

    @property
    def all_standing(self) -> list[tuple[str, str]]:
        """Every hold that is not released, by order and hold."""
        return [each for each, said in self.holds.items() if said.state == "active"]

    def ask_of_revisions(self) -> None:
        """Whether the newest revisions can be packed still: the word that one is needed may be lost."""
        for order, instruction in self.newest.items():
            self.answers.pop((order, f"revision-{instruction.revision}"), None)
        self._say_unsettled()

    def ask_all(self) -> None:
        """Every question once more; the answers begin anew."""
        self.answers.clear()
        self._say_unsettled()

    def knows(self, epoch: str) -> bool:
        """Whether the desk of that epoch is the one whose answers count here."""
        return self._epoch in ("", epoch)

    @property
    def unanswered(self) -> list[tuple[str, str]]:
        """The questions that have no final answer."""
        asked = [(order, f"revision-{each.revision}") for order, each in self.newest.items()]
        asked += [(order, f"hold-{hold}") for order, hold in self.holds]
        return [each for each in asked if not self._settled(*each)]

    def _settled(self, order: str, what: str) -> bool:
        return self.answers.get((order, what)) not in _NOT_SETTLED

    def _ask_again(self) -> None:
        self.faults.schedule.after(ASK_AGAIN_S, self._ask_again)
        if not self.port.connected and self.network.up:
            self.network.connect(self.port)
        self._say_unsettled()

    def _say_unsettled(self) -> None:
        for order, instruction in self.newest.items():
            if not self._settled(order, f"revision-{instruction.revision}"):
                self._say_instruction(instruction)
        for (order, hold), said in self.holds.items():
            if not self._settled(order, f"hold-{hold}"):
                self._say_hold(order, said)

    def _say_instruction(self, instruction: Instruction) -> None:
        self.oracle.contents[digest(encode(instruction))] = instruction
        topic = TOPICS.of(InstructionOf(instruction.order))
        self.network.publish(topic, encode(instruction), personal=True)

    def _say_hold(self, order: str, hold: Hold) -> None:
        if self.holds.get((order, hold.hold)) != hold:
            self.faults.tell(self.name, f"{order} {hold.hold} {hold.state}")
        self.holds[order, hold.hold] = hold
        self.network.publish(TOPICS.of(HoldOn(order, hold.hold)), encode(hold))

    def _take(self, topic: str, payload: bytes, _retained: bool) -> None:
        address = TOPICS.parse(topic)
        if isinstance(address, OutcomeOf):
            self._hear(address, decode_outcome(payload))
        elif (epoch := decode_desk_status(payload).epoch) != self._epoch:
            if self._epoch:
                self._epoch_changed()
            self._epoch = epoch

    def _hear(self, address: OutcomeOf, outcome: Outcome) -> None:
        self._epoch = self._epoch or outcome.epoch
        if self._epoch not in ("", outcome.epoch) or outcome.number < self._numbers.get((address, outcome.digest), 0):
            return
        self._numbers[address, outcome.digest] = outcome.number
        hold = self.holds.get((address.order, address.what.removeprefix("hold-")))
        if outcome.of == "revision":
            said = self.newest.get(address.order)
            if said is None or digest(encode(said)) != outcome.digest:
                return  # the answer to somebody else, who used the same number
        elif hold is None:
            return  # somebody else's
        elif outcome.outcome is OutcomeKind.FREED and hold.state == "active":
            self._released_by_another(address.order, hold)
        elif outcome.outcome is not OutcomeKind.FREED and hold.state == "released":
            return  # late: the release is what was asked last
        self.answers[address.order, address.what] = outcome.outcome
        if outcome.needs_revision:
            self._give_new_numbers(address.order)

    def _give_new_numbers(self, order: str) -> None:
        """The tracking numbers of the newest revision are void, unless another is on its way already."""
        newest = self.newest.get(order)
        if newest is not None and self._settled(order, f"revision-{newest.revision}"):
            self.instruct(next_revision(newest, int(order[1:]) - 1, self.faults.chance, self.operator))

    def _released_by_another(self, order: str, hold: Hold) -> None:
        """No hold comes back: what another operator released stays so."""
        self.holds[order, hold.hold] = replace(hold, state="released")

    def _epoch_changed(self) -> None:
        """The desk may have forgotten what it answered: everything is published again, releases too."""
        self._numbers.clear()
        self.ask_all()


@dataclass
class Supervisor:
    """Looks for the labels of a station that will not come back, and says at the desk what was found."""

    faults: Faults
    network: Network
    desk: Desk
    _said: int = 0
    _kept: set[str] = field(default_factory=set)

    def begin(self) -> None:
        """Listen."""
        inbox = TOPICS.of(InboxOf(BOSS))
        self.port = self.network.attach(Port(BOSS, (inbox,), self._take, session=True))

    def look(self, station: Station, orders: list[str]) -> None:
        """Now, and again until the dead station has no grant outstanding."""
        if station.up:
            return
        self.faults.schedule.after(ASK_AGAIN_S, lambda: self.look(station, orders))
        if not self.port.connected and self.network.up:
            self.network.connect(self.port)
        if not self.desk.up:
            return
        for name in orders:
            order = self.desk.store.order(name)
            if order is None or not isinstance(order.claim, Granted | InDoubt) or order.claim.station != station.name:
                continue
            grant = order.claim.grant.grant
            found = next((each for each in station.printer.sets if each.grant == grant), None)
            self._resolve(station, name, grant, found)

    def _resolve(self, station: Station, order: str, grant: str, found: LabelSet | None) -> None:
        """The word: no label came out, is for a printer that was switched off: what it held cannot come out later."""
        printed = found is not None and found.came_out
        if not printed:
            station.printer.lose_power()
        if found is not None and not printed:
            found.destroyed = True
        self._said += 1
        self.faults.tell(BOSS, f"resolves {grant} printed={printed}")
        resolve = Resolve(request=f"boss.{self._said}", order=order, grant=grant, printed=printed, by=BOSS)
        self.network.publish(TOPICS.of(RequestFrom(BOSS)), encode(resolve))

    def _take(self, _topic: str, payload: bytes, _retained: bool) -> None:
        reply = decode_inbox(payload)
        if isinstance(reply, Kept):
            self._kept.add(reply.request)
