"""Who sees the paper and hears every word of the desk, and says where a promise of the protocol is broken.

It is told what happened, one thing after another, and raises ``Broken`` with the first that must not be. Told in the
right order it never accuses without cause.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from station.desk.core.order import CATCHING_UP, Granted, InDoubt
from station.desk.store import Store
from station.protocol.codec import Invalid, digest, encode
from station.protocol.instruction import Instruction, Line
from station.protocol.outcome import Outcome, OutcomeKind, Shipment, decode_outcome, decode_shipment
from station.protocol.reply import Granted as GrantedReply
from station.protocol.reply import decode_inbox
from station.protocol.request import GrantReference
from station.protocol.topics import InboxOf, OutcomeOf, ShipmentOf, Topics
from tests.promises.labels import LabelSet, is_alone

Kind = OutcomeKind

_MAY_FOLLOW: Mapping[Kind, tuple[Kind, ...]] = {
    Kind.PRINTING: (
        *(Kind.STOPPED, Kind.TOO_LATE, Kind.RECALLING, Kind.RECALLED, Kind.UNKNOWN, Kind.FREED),
        *(Kind.ACCEPTED, Kind.REFUSED, Kind.SWAP_ORDERED),
    ),
    Kind.UNKNOWN: (
        *(Kind.STOPPED, Kind.TOO_LATE, Kind.RECALLING, Kind.RECALLED, Kind.FREED),
        *(Kind.ACCEPTED, Kind.REFUSED, Kind.SWAP_ORDERED),
    ),
    Kind.STOPPED: (Kind.FREED,),
    Kind.TOO_LATE: (Kind.FREED, Kind.RECALLING, Kind.RECALLED, Kind.ACCEPTED, Kind.REFUSED),
    Kind.RECALLING: (Kind.FREED, Kind.TOO_LATE, Kind.RECALLED, Kind.ACCEPTED, Kind.REFUSED, Kind.SWAP_ORDERED),
    Kind.RECALLED: (Kind.FREED,),
    Kind.SWAP_ORDERED: (Kind.ACCEPTED, Kind.REFUSED),
    Kind.ACCEPTED: (Kind.REFUSED,),
    Kind.REFUSED: (),
    Kind.FREED: (),
}
"""The answers to one hold or revision, each with what may take its place. A refused revision was overtaken; one that
was too late is in time once the label that came before it is void."""
_OF_A_LABEL = (Kind.TOO_LATE, Kind.RECALLING, Kind.SWAP_ORDERED)
"""Answers that tell of a label that lies there and counts."""


class Broken(AssertionError):
    """A promise is broken."""


@dataclass
class Oracle:
    """The truth, and what was said about it."""

    topics: Topics
    sets: list[LabelSet] = field(default_factory=list)
    """Every set of which a label came out, in the order of their first labels."""
    stopped: set[tuple[str, str]] = field(default_factory=set)
    """Holds that were answered ``stopped``, by order and hold."""
    released: set[tuple[str, str]] = field(default_factory=set)
    """Holds whose release was published."""
    accepted: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """The newest revision of an order that was answered ``accepted``."""
    granted: set[str] = field(default_factory=set)
    reprints_asked: Counter[str] = field(default_factory=Counter)
    """How often a person asked for another label."""
    instructions: dict[tuple[str, int], Instruction] = field(default_factory=dict)
    """Those that were published, by order and revision, where the labels are to be held against them."""
    contents: dict[str, Instruction] = field(default_factory=dict)
    """By digest, where several publishers may use one number for what is not the same."""
    scanned: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """By station, the serial numbers of the units that its packer had in hand."""
    let_pass: set[str] = field(default_factory=set)
    """Grants that were asked for with the supervisor's key: a serial number may go out twice."""
    left: set[str] = field(default_factory=set)
    """Grants whose parcel has left the bench, as people said."""
    _taken: dict[tuple[str, int], Instruction] = field(default_factory=dict)
    """What was answered ``accepted``, by order and revision."""
    _goods: dict[str, object] = field(default_factory=dict)
    """By grant, what is in the parcel."""
    _of: dict[str, list[LabelSet]] = field(default_factory=lambda: defaultdict(list))
    """The sets by order."""
    _last: dict[tuple[str, str, str, str], Outcome] = field(default_factory=dict)
    """The last answer to each hold and revision."""
    _printed: set[str] = field(default_factory=set)
    """Grants that the desk has told a shipment of."""
    _unheard: set[str] = field(default_factory=set)
    """Of labels without permission those that the desk had not heard of when it granted their order elsewhere."""
    _alone: set[str] = field(default_factory=set)
    """Orders of which labels were printed without permission: the desk hears of it after it answered."""
    _numbers: Counter[tuple[str, int, str]] = field(default_factory=Counter)
    """By order and mark, the tracking numbers that were read off the paper."""

    def hear(self, topic: str, payload: bytes) -> None:
        """A word of the desk. What is untrue when it is said breaks promise 2."""
        address = self.topics.parse(topic)
        if isinstance(address, OutcomeOf):
            outcome = decode_outcome(payload)
            self._follows(outcome)
            self._judge(outcome)
        elif isinstance(address, InboxOf):
            try:
                reply = decode_inbox(payload)
            except Invalid as error:
                raise Broken(f"the desk says what no station understands: {error}") from error
            if isinstance(reply, GrantedReply):
                self._grant(reply.grant)
        elif isinstance(address, ShipmentOf):
            record = decode_shipment(payload)
            if record.kind == "void":
                self._make_void(record.order, record.grant)
            else:
                self._printed.add(record.grant)

    def begin(self, label_set: LabelSet) -> None:
        """A station hands labels to its printer."""
        if label_set.alone:
            self._alone.add(label_set.order)
        if not label_set.alone and label_set.grant not in self.granted:
            raise Broken(f"promise 4: {label_set.grant} was never granted")

    def packs(self, label_set: LabelSet, lines: Iterable[Line]) -> None:
        """What is in the parcel whose labels a station prints: of every line that asks for it, each unit's own code.

        What was packed before gets another label only where that stands for the same goods.
        """
        lines = tuple(lines)
        goods = self._goods[label_set.grant] = _goods(lines, len(label_set.tracking_numbers))
        if label_set.closed and not label_set.units:
            earlier = [each for each in self._of[label_set.order] if each.came_out]
            if goods not in [self._goods.get(each.grant) for each in earlier]:
                raise Broken(f"promise 4: {label_set} goes on a parcel of other goods: {goods}; out: {earlier}")
            return
        for place, line in enumerate(lines):
            found = [unit for unit in label_set.units if unit.line == place]
            asked = line.quantity if line.capture else 0
            if len(found) != asked or any(not getattr(unit, what) for unit in found for what in line.capture):
                raise Broken(f"promise 5: {asked} units of line {place} were asked for: {label_set}")
            if strangers := {unit.serial for unit in found if unit.serial} - self.scanned[label_set.station]:
                raise Broken(f"promise 5: nobody at {label_set.station} scanned {strangers}")

    def see(self, label_set: LabelSet, number: str = "") -> None:
        """A label comes out of a printer, already counted in its set. ``number``: what was read off it, if it was."""
        if label_set not in self._of[label_set.order]:
            self.sets.append(label_set)
            self._of[label_set.order].append(label_set)
        if number:
            self._read(label_set, number)
        self._carries(label_set, self._taken.get((label_set.order, label_set.revision)))
        if label_set.alone:
            return
        order = label_set.order
        if standing := [hold for name, hold in self.stopped - self.released if name == order]:
            raise Broken(f"promise 1: a label of {order} comes out, and {standing} was answered stopped")
        if self.accepted[order] > label_set.revision:
            raise Broken(f"promise 4: revision {label_set.revision} of {order}, {self.accepted[order]} was accepted")

    def scan_to_void(self, order: str, number: str) -> None:
        """A person scans a label where it may be called back. By its number it is not told from a reprint."""
        for each in self._of[order]:
            if number in each.tracking_numbers:
                each.scanned.add(number)

    def out(self, order: str) -> list[LabelSet]:
        """The whole sets of an order that lie there."""
        return [each for each in self._of[order] if each.whole]

    def voids(self, order: str) -> list[LabelSet]:
        """The whole sets of an order that came out and do not count."""
        return [each for each in self._of[order] if each.came_out and each.void]

    def look_up_voids(self, store: Store) -> None:
        """What the desk has it that is void: the word that said so may be lost."""
        for each in self.sets:
            order = store.order(each.order)
            each.void = order is not None and order.is_void(each.tracking_numbers, each.reprint)

    def forgotten(self, store: Store) -> None:
        """The desk is an old copy: a revision that it does not know has to be published again to count."""
        self.look_up_voids(store)
        for name in list(self.accepted):
            order = store.order(name)
            newest = order.newest if order is not None else None
            self.accepted[name] = newest.revision if newest is not None else 0
        for (name, revision), content in list(self._taken.items()):
            order = store.order(name)
            edition = order.edition(revision) if order is not None else None
            if edition is None or edition.digest != digest(encode(content)):
                del self._taken[name, revision]

    def judge_paper(self, orders: Iterable[str]) -> None:
        """Promise 3: one label set; another only because a person asked, and marked."""
        for name in orders:
            marks = Counter(each.reprint for each in self._of[name] if each.grant not in self._unheard)
            if doubled := [mark for mark, count in marks.items() if count > 1]:
                begun = [each for each in self._of[name] if each.reprint in doubled]
                raise Broken(f"promise 3: {name} has labels of two sets marked {doubled}: {begun}")
            if len(self.out(name)) > 1 + self.reprints_asked[name]:
                raise Broken(f"promise 3: nobody asked for all of {self.out(name)}")

    def judge_records(self, records: Iterable[Shipment], order: str | None = None) -> None:
        """Promise 5: one shipment record for each set that came out, none for another; each says what is on paper.

        ``order``: these are the records of one order only.
        """
        sets = self.sets if order is None else self._of[order]
        records = list(records)
        paper = Counter(_recorded(each) for each in sets if each.came_out)
        told = Counter(_recorded(each) for each in records if each.kind == "printed")
        if told != paper:
            raise Broken(f"promise 5: records {told - paper} too many, {paper - told} missing")
        voids = Counter(each.grant for each in records if each.kind == "void")
        scanned = Counter(each.grant for each in sets if each.all_scanned)
        if wrong := voids - scanned:
            raise Broken(f"promise 5: records of voids {wrong} that nobody scanned, or twice")
        told_void = [each for each in sets if each.grant in voids]
        if missing := {each.grant for each in sets if each.void and not any(map(each.goes_with, told_void))}:
            raise Broken(f"promise 5: no record of the voids {missing}")
        by_serial: dict[tuple[str, str], str] = {}
        for each in lying_with_permission(self.sets, self.let_pass):
            for unit in each.units:
                if unit.serial and by_serial.setdefault((unit.item, unit.serial), each.order) != each.order:
                    raise Broken(f"serial {unit.serial} went out with {by_serial[unit.item, unit.serial]} and {each}")

    def judge_answer(self, order: str, hold: str, answer: OutcomeKind | None) -> None:
        """Promise 2, when all is over: the last answer to a hold, or to its release, is the truth."""
        true = self.true_answer(order, released=(order, hold) in self.released)
        if answer is not true:
            raise Broken(f"promise 2: hold {hold} of {order} is answered {answer}, and it is {true}")

    def true_answer(self, order: str, *, released: bool) -> OutcomeKind:
        """What a hold has to be answered when all is over."""
        if released:
            return Kind.FREED
        if self.out(order):
            return Kind.TOO_LATE
        return Kind.RECALLED if self.voids(order) else Kind.STOPPED

    def _grant(self, grant: GrantReference) -> None:
        if grant.grant in self.granted:
            return  # the same step, heard again, gets the same answer
        void = {number for each in self._of[grant.order] if each.void for number in each.tracking_numbers}
        if spent := void & {*grant.tracking_numbers}:
            raise Broken(f"promise 3: {spent} of {grant.order} are void, and are granted again: {grant}")
        self.granted.add(grant.grant)
        self._unheard |= {each.grant for each in self._of[grant.order] if each.alone} - self._printed

    def _make_void(self, order: str, grant: str) -> None:
        """With a label go the earlier ones of its tracking numbers."""
        sets = self._of[order]
        void = next((each for each in sets if each.grant == grant and each.all_scanned), None)
        if void is None:
            raise Broken(f"promise 5: {grant} of {order} is void, and nobody scanned all of it")
        for each in sets:
            each.void = each.void or each.goes_with(void)

    def _may_be_void(self, label_set: LabelSet) -> bool:
        """Whether the desk may have it that this set is void, though the word that says so was lost."""
        return any(each.all_scanned and label_set.goes_with(each) for each in self._of[label_set.order])

    def _read(self, label_set: LabelSet, number: str) -> None:
        """Promise 3 and 4, label by label: each once, and what stands on it is what its instruction says."""
        name, mark = label_set.order, label_set.reprint
        self._numbers[name, mark, number] += 1
        instruction = self.instructions.get((name, label_set.revision))
        if instruction is None or number not in instruction.tracking_numbers:
            raise Broken(f"promise 4: {number} stands on a label of {name}, revision {label_set.revision} has no such")
        unheard = sum(each.grant in self._unheard and each.reprint == mark for each in self._of[name])
        if (count := self._numbers[name, mark, number]) > 1 + unheard:
            raise Broken(f"promise 3: {number} of {name}, marked {mark}, came out {count} times")

    def _follows(self, outcome: Outcome) -> None:
        """An answer takes the place of another only where something can have happened in between."""
        if outcome.grant is not None and is_alone(outcome.grant):
            self._alone.add(outcome.order)
        subject = (outcome.order, outcome.of, outcome.subject, outcome.digest)
        before, self._last[subject] = self._last.get(subject), outcome
        if before is None or before.epoch != outcome.epoch or outcome.order in self._alone:
            return
        old, new = before.outcome, outcome.outcome
        if before.reason == CATCHING_UP and new is Kind.PRINTING:
            return  # the copy knew of a grant, and its station may print by it
        if old is not new and new not in _MAY_FOLLOW[old]:
            raise Broken(f"promise 2: {subject} is answered {old}, and then {new}")

    def _judge(self, outcome: Outcome) -> None:
        name, kind = outcome.order, outcome.outcome
        if kind in _OF_A_LABEL:
            self._is_on_paper(outcome)
        if outcome.of == "revision":
            if kind is Kind.ACCEPTED:
                self._accept(name, int(outcome.subject), self.contents.get(outcome.digest))
            if kind in (Kind.TOO_LATE, Kind.SWAP_ORDERED):
                self._overtaken(name, int(outcome.subject))
            return
        hold = (name, outcome.subject)
        if kind is Kind.RECALLED:
            self._was_scanned(outcome)
        if kind in (Kind.STOPPED, Kind.RECALLED):
            self.stopped.add(hold)
            if out := [each for each in self.out(name) if not each.alone and not self._may_be_void(each)]:
                raise Broken(f"promise 2: {hold} is {kind}, and {out} came out")
        elif kind is Kind.FREED and hold not in self.released:
            raise Broken(f"promise 2: {hold} is freed, and nobody released it")

    def _is_on_paper(self, outcome: Outcome) -> None:
        """Who is told ``too_late`` finds that label: there, with these numbers, of that revision."""
        out = self.out(outcome.order)
        told = (outcome.grant, outcome.station, outcome.printed_revision, outcome.tracking_numbers)
        if told not in [(each.grant, each.station, each.revision, each.tracking_numbers) for each in out]:
            raise Broken(
                f"promise 2: {outcome.of} {outcome.subject} of {outcome.order} is too late: {told}; out: {out}"
            )

    def _was_scanned(self, outcome: Outcome) -> None:
        """Who is told ``recalled`` can rely on it: a person scanned all of that label, to void it."""
        sets = [each for each in self._of[outcome.order] if each.grant == outcome.grant]
        if not any(each.all_scanned and each.tracking_numbers == outcome.tracking_numbers for each in sets):
            raise Broken(f"promise 2: {outcome.subject} of {outcome.order} is recalled, and nobody scanned {sets}")
        self._make_void(outcome.order, outcome.grant or "")

    def _carries(self, label_set: LabelSet, taken: Instruction | None) -> None:
        if taken is not None and taken.tracking_numbers != label_set.tracking_numbers:
            raise Broken(f"promise 4: {label_set} is not of the revision that was accepted: {taken.tracking_numbers}")

    def _accept(self, name: str, revision: int, content: Instruction | None) -> None:
        if content is not None:
            self._taken[name, revision] = content
            for each in self.out(name):
                if each.revision == revision:
                    self._carries(each, content)
        self.accepted[name] = max(self.accepted[name], revision)
        older = [each for each in self.out(name) if not each.alone and each.revision < revision]
        if older := [each for each in older if not self._may_be_void(each)]:
            raise Broken(f"promise 2: revision {revision} of {name} is accepted, and {older} came out")

    def _overtaken(self, name: str, revision: int) -> None:
        """It was too late for a revision. It may have been accepted before a label without permission was told of."""
        if self.accepted[name] >= revision and any(each.alone for each in self.out(name)):
            self.accepted[name] = max(each.revision for each in self.out(name))


def lying_with_permission(sets: Iterable[LabelSet], let_pass: set[str]) -> Iterator[LabelSet]:
    """The sets that lie there, and that the desk could hold against the others."""
    return (each for each in sets if each.whole and not each.alone and each.grant not in let_pass)


def _goods(lines: Iterable[Line], pieces: int) -> object:
    """What a packer puts in the boxes, and into how many."""
    return sorted((sorted(line.codes), line.quantity, sorted(line.capture)) for line in lines), pieces


def _recorded(each: LabelSet | Shipment) -> tuple[object, ...]:
    """What a shipment record says of a set of labels, as far as the paper shows it."""
    return each.grant, each.station, each.order, each.revision, each.reprint, each.tracking_numbers, each.units


def outstanding(store: Store, order: str) -> bool:
    """Whether the desk waits for the end of a grant of this order."""
    found = store.order(order)
    return found is not None and isinstance(found.claim, Granted | InDoubt)
