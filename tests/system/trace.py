"""What really happened in a shift, in one order, for the oracle of the promises.

Facts of several observers are merged by CLOCK_MONOTONIC, which all processes of a machine share. No observer sees a
thing at the moment when it happens. So each fact is stamped **where nothing that follows from it can have happened
yet**, and cause stands before effect whatever the scheduler, SIGSTOP or a stalled line did in between:

- a word of the desk: when it was taken off the desk's own line, before it was handed to the broker, the first time
  (`tap.py`). All of the desk's words go over one line at a time, so among themselves they stand as they were said.
- a label: at the printer's last look at the clock before the cut. By then it had all of the label's data, so a grant,
  and the release before it, stand before it; what it told the station comes after the cut.
- a release: before it is handed to the contact center's client.

Two facts of which neither follows from the other can be swapped, by the moment between happening and stamp: less than
a millisecond for a program that runs. What that does to each judgement:

- "a label comes out after ``stopped`` and before the release", and "after a newer revision was ``accepted``": a word
  is stamped late and a label early, so what is accused did happen in that order. A label that came in the very moment
  when the word was said is missed here; if its set is whole, the next judgement has it.
- "``stopped``, and a whole set lies there": true in either order, for with no release between them (which would stand
  between them) the label would be the breach of the line before.
- "``too_late``, and no such label", "``freed``, and nobody released", "never granted": the effect is stamped after the
  cause; it cannot seem to come first.
- How many sets came out, and their records, ask for no order.

A sheet that packers tore up, because they had said that no label came out, counts as never having been whole.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from station.desk.store import Store
from station.protocol.codec import Invalid
from station.protocol.hold import Hold
from station.protocol.instruction import Instruction
from station.protocol.outcome import OutcomeKind, Shipment, decode_outcome
from station.protocol.reply import Granted, decode_inbox
from station.protocol.request import GrantReference
from station.protocol.topics import InboxOf, OutcomeOf, Topics
from tests.promises.labels import LabelSet
from tests.promises.oracle import Broken, Oracle
from tests.system.contact import Question
from tests.system.paper import Label, Sheet
from tests.system.tap import Word

Kind = OutcomeKind
Mark = tuple[str, str, int, int]
"""What stands on a label: printer, order, revision and reprint number."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened."""

    at_s: float
    orders: frozenset[str]
    """Whose story it belongs to; empty: everybody's."""
    text: str
    tell: Callable[[Oracle], object] = lambda _oracle: None
    """How the oracle hears of it."""


@dataclass
class Trace:
    """All that was observed in a shift."""

    topics: Topics
    instructions: Mapping[tuple[str, int], Instruction]
    questions: list[Question]
    words: list[Word] | None
    """The desk's; None where its line could not be read."""
    sheets: list[Sheet]
    destroyed: set[tuple[str, int]]
    """Of them, by printer and number, those that packers tore up."""
    shipments: list[Shipment]
    """As the desk keeps them at the end."""
    happened: list[Fact] = field(default_factory=list)
    """Faults, for the story; and what the desk forgot by them."""

    def judged(self) -> list[str]:
        """Every breach of a promise, each with the story of its order."""
        oracle = self._oracle()
        facts = sorted([*self._said(), *self._released(), *self._paper(), *self.happened], key=lambda each: each.at_s)
        breaches: list[str] = []
        for fact in facts:
            _try(breaches, facts, fact.orders, fact.tell, oracle)
        for order, records in self._records().items():
            _try(breaches, facts, frozenset({order}), oracle.judge_paper, [order])
            _try(breaches, facts, frozenset({order}), oracle.judge_records, records, order)
        for each in self.questions:  # when all is over, who asked has been told what is true
            if isinstance(each.message, Hold) and not each.superseded:
                answered = (each.order, each.message.hold, each.newest)
                _try(breaches, facts, frozenset({each.order}), oracle.judge_answer, *answered)
        return breaches

    def packed(self) -> set[str]:
        """The orders of which a whole set lies there."""
        oracle = self._oracle()
        for fact in self._paper():
            _try([], [], frozenset(), fact.tell, oracle)
        return {each.order for each in oracle.sets if each.whole}

    def _oracle(self) -> Oracle:
        oracle = Oracle(self.topics, instructions=dict(self.instructions))
        if self.words is None:
            oracle.granted.update(each.grant for each in self.shipments)
        return oracle

    # Facts

    def _said(self) -> list[Fact]:
        return [fact for word in self.words or () if (fact := self._word(word)) is not None]

    def _word(self, word: Word) -> Fact | None:
        address = self.topics.parse(word.topic)
        match address:
            case OutcomeOf(order):
                outcome = decode_outcome(word.payload)
                text = f"desk: {outcome.of} {outcome.subject} of {order}: {outcome.outcome}"
                orders = frozenset({order})
            case InboxOf(client):
                text, orders = _inbox(client, word.payload)
            case _:
                return None
        return Fact(word.at_s, orders, text, lambda oracle: oracle.hear(word.topic, word.payload))

    def _released(self) -> list[Fact]:
        facts = []
        for each in self.questions:
            text = f"contact center: {each.subject} of {each.order}"
            if isinstance(each.message, Hold) and each.message.state == "released":
                hold = (each.order, each.message.hold)
                release = lambda oracle, hold=hold: oracle.released.add(hold)  # noqa: E731
                facts.append(Fact(each.asked_s, frozenset({each.order}), f"{text} released", release))
            else:
                facts.append(Fact(each.asked_s, frozenset({each.order}), text))
        return facts

    def _paper(self) -> list[Fact]:
        sets: dict[tuple[str, str], LabelSet] = {}
        facts = [fact for sheet in self.sheets for fact in _sheet(sheet)]
        for sheet, label in sorted(_labels(self.sheets), key=lambda each: each[0].at_s):
            name = label.name
            grant = self._grant(sheet, label)
            found = sets.setdefault(
                (sheet.printer, grant.grant),
                LabelSet(sheet.printer, grant.grant, name.order, name.revision, name.reprint, grant.tracking_numbers),
            )
            found.destroyed |= (sheet.printer, sheet.number) in self.destroyed
            torn = ", torn up later" if (sheet.printer, sheet.number) in self.destroyed else ""
            text = f"{sheet.printer}: LABEL {name} on sheet {sheet.number}, of {grant.grant}{torn}"
            facts.append(Fact(sheet.at_s, frozenset({name.order}), text, _comes_out(found, label.tracking_number)))
        return facts

    def _grant(self, sheet: Sheet, label: Label) -> GrantReference:
        """The grant that this label was printed by: the last one before it of which all that it shows is true."""
        name = label.name
        mark = (sheet.printer, name.order, name.revision, name.reprint)
        known = [grant for at_s, grant in self._grants.get(mark, ()) if at_s < sheet.at_s]
        if known:
            return known[-1]
        instruction = self.instructions.get((name.order, name.revision))
        return GrantReference(
            grant=f"nobody's grant for {name}",
            order=name.order,
            revision=name.revision,
            reprint=name.reprint,
            tracking_numbers=instruction.tracking_numbers if instruction else (),
        )

    def __post_init__(self) -> None:
        """Every grant by what its labels show, as the desk said it; or as it was recorded, where nobody heard it."""
        self._grants: dict[Mark, list[tuple[float, GrantReference]]] = {}
        for word in self.words or ():
            address = self.topics.parse(word.topic)
            if isinstance(address, InboxOf) and (grant := _granted(word.payload)) is not None:
                self._know(address.client, word.at_s, grant)
        for each in self.shipments:
            if self.words is None or each.without_permission:
                grant = GrantReference(
                    grant=each.grant,
                    order=each.order,
                    revision=each.revision,
                    reprint=each.reprint,
                    tracking_numbers=each.tracking_numbers,
                )
                self._know(each.station, 0.0, grant)

    def _know(self, station: str, at_s: float, grant: GrantReference) -> None:
        mark = (station, grant.order, grant.revision, grant.reprint)
        self._grants.setdefault(mark, []).append((at_s, grant))

    def _records(self) -> dict[str, list[Shipment]]:
        records: dict[str, list[Shipment]] = {order: [] for order, _ in self.instructions}
        for each in self.shipments:
            records.setdefault(each.order, []).append(each)
        return records


def _try(
    breaches: list[str], facts: Iterable[Fact], orders: frozenset[str], judge: Callable[..., object], *of: object
) -> None:
    try:
        judge(*of)
    except Broken as broken:
        breaches.append("\n".join([str(broken), *_story(facts, orders)]))


def _story(facts: Iterable[Fact], orders: frozenset[str]) -> list[str]:
    """All that was observed of some orders, and what befell everybody while they were in the house."""
    own = [fact for fact in facts if fact.orders & orders]
    begun_s, ended_s = (own[0].at_s, own[-1].at_s) if own else (0.0, 0.0)
    return [
        f"    {fact.at_s:12.4f}  {fact.text}"
        for fact in facts
        if fact.orders & orders or (not fact.orders and begun_s <= fact.at_s <= ended_s)
    ]


def _labels(sheets: Iterable[Sheet]) -> list[tuple[Sheet, Label]]:
    return [(sheet, sheet.label) for sheet in sheets if sheet.label is not None]


def _sheet(sheet: Sheet) -> list[Fact]:
    """Paper on which a label hangs that is another one's: a packer does not see it."""
    if sheet.above is None or sheet.torn:
        return []
    name = sheet.above.name

    def tell(_oracle: Oracle) -> None:
        raise Broken(f"promise 3: {name} hangs whole on the paper of another label, sheet {sheet.number}")

    return [Fact(sheet.at_s, frozenset({name.order}), f"{sheet.printer}: sheet {sheet.number}", tell)]


def _comes_out(label_set: LabelSet, number: str) -> Callable[[Oracle], None]:
    def tell(oracle: Oracle) -> None:
        label_set.out += 1
        try:
            if label_set.out == 1:
                oracle.begin(label_set)
        finally:
            oracle.see(label_set, number)

    return tell


def _inbox(client: str, payload: bytes) -> tuple[str, frozenset[str]]:
    try:
        message = decode_inbox(payload)
    except Invalid:
        return f"desk: to {client}: {payload[:200]!r}", frozenset()
    order = message.grant.order if isinstance(message, Granted) else str(getattr(message, "order", ""))
    request = getattr(message, "request", "")
    text = f"desk: to {client}: {type(message).__name__} {request} {order} {getattr(message, 'reason', '')}"
    return text, frozenset({order} if order else {"-"})


def _granted(payload: bytes) -> GrantReference | None:
    try:
        message = decode_inbox(payload)
    except Invalid:
        return None
    return message.grant if isinstance(message, Granted) else None


def restored(at_s: float, copy: Callable[[], Store]) -> Fact:
    """The desk is an old copy: what it does not know has to be published again to count."""

    def tell(oracle: Oracle) -> None:
        store = copy()
        try:
            oracle.forgotten(store)
        finally:
            store.close()

    return Fact(at_s, frozenset(), "the desk is an old copy", tell)
