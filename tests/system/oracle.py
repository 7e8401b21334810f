"""The truth: what the contact center was told, held against the paper and the shipment records.

Everything is judged by what came out of the printers. Times are those of one machine's clock; the emulated printer
writes down a label when it is cut off, before any program is told that it is there.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from station.protocol.hold import Hold
from station.protocol.instruction import Instruction
from station.protocol.outcome import OutcomeKind, Shipment
from tests.system.contact import Answer, Question
from tests.system.paper import Label, Sheet

Kind = OutcomeKind

_MAY_FOLLOW: Mapping[Kind, tuple[Kind, ...]] = {
    Kind.PRINTING: (Kind.STOPPED, Kind.TOO_LATE, Kind.UNKNOWN, Kind.FREED, Kind.ACCEPTED, Kind.REFUSED),
    Kind.UNKNOWN: (Kind.STOPPED, Kind.TOO_LATE, Kind.FREED, Kind.ACCEPTED, Kind.REFUSED),
    Kind.STOPPED: (Kind.FREED,),
    Kind.TOO_LATE: (Kind.FREED,),
    Kind.ACCEPTED: (Kind.REFUSED,),
    Kind.REFUSED: (),
    Kind.FREED: (),
}
"""The answers to one hold or revision, each with what may take its place. A refused revision was overtaken."""

LabelSet = tuple[str, int]
"""Order and reprint number: the labels of one grant, or of one that came to nothing."""


@dataclass
class Oracle:
    """Collects every breach of a promise, in words."""

    instructions: Mapping[tuple[str, int], Instruction]
    """All that were published, by order and revision."""
    questions: list[Question]
    sheets: list[Sheet]
    destroyed: set[tuple[str, int]]
    """Of them, by printer and number, those that packers tore up after saying that no label came out."""
    shipments: list[Shipment]
    """As the desk keeps them at the end."""
    breaches: list[str] = field(default_factory=list)

    def judge(self) -> list[str]:
        """All breaches."""
        self._paper_is_right()
        self._one_set_of_each()
        self._shipments_are_the_paper()
        self._newest_revision()
        for answers in self._subjects().values():
            self._answers_follow_each_other(answers)
        self._stopped_is_stopped()
        self._too_late_is_on_paper()
        return self.breaches

    # The paper

    @property
    def labels(self) -> list[tuple[Sheet, Label]]:
        """Every whole label that was cut off."""
        return [(sheet, sheet.label) for sheet in self.sheets if sheet.label is not None]

    def sets(self) -> dict[LabelSet, dict[int, Sheet]]:
        """The label sets that came out whole and are on their boxes, by piece."""
        found: dict[LabelSet, dict[int, Sheet]] = defaultdict(dict)
        revisions: dict[LabelSet, int] = {}
        for sheet, label in self.labels:
            if (sheet.printer, sheet.number) in self.destroyed:
                continue
            found[label.name.order, label.name.reprint][label.name.piece] = sheet
            revisions[label.name.order, label.name.reprint] = label.name.revision
        return {
            name: pieces
            for name, pieces in found.items()
            if set(pieces) == set(range(1, len(self.instructions[name[0], revisions[name]].pieces) + 1))
        }

    def _paper_is_right(self) -> None:
        """Both codes of a label say the same, and what its instruction says."""
        for sheet, label in self.labels:
            instruction = self.instructions.get((label.name.order, label.name.revision))
            pieces = instruction.tracking_numbers if instruction else ()
            if not 0 < label.name.piece <= len(pieces) or pieces[label.name.piece - 1] != label.tracking_number:
                self.breaches.append(f"{_place(sheet)}: {label.name} bears {label.nw7}, its instruction {pieces}")

    def _one_set_of_each(self) -> None:
        """At most one unmarked label set an order; and of each marked one no more either."""
        copies = Counter((label.name.order, label.name.reprint, label.name.piece) for _, label in self.labels)
        for (order, reprint, piece), count in copies.items():
            if count > 1:
                self.breaches.append(f"order {order}, reprint {reprint}, piece {piece}: printed {count} times")
        revisions: dict[LabelSet, set[int]] = defaultdict(set)
        for _, label in self.labels:
            revisions[label.name.order, label.name.reprint].add(label.name.revision)
        for name, several in revisions.items():
            if len(several) > 1:
                self.breaches.append(f"order {name[0]}, reprint {name[1]}: a set of several revisions {several}")
        for sheet in self.sheets:
            if sheet.above is not None and not sheet.torn:
                self.breaches.append(f"{_place(sheet)}: {sheet.above.name} hangs whole on another label's paper")

    def _shipments_are_the_paper(self) -> None:
        """One record for each label set that came out, and none without."""
        sets = self.sets()
        for name, count in Counter((each.order, each.reprint) for each in self.shipments).items():
            if count > 1:
                self.breaches.append(f"order {name[0]}, reprint {name[1]}: {count} shipment records")
        recorded = {(each.order, each.reprint): each for each in self.shipments}
        self.breaches += [f"order {name[0]}, reprint {name[1]}: came out, no record" for name in sets.keys() - recorded]
        self.breaches += [f"order {name[0]}, reprint {name[1]}: recorded, no label" for name in recorded.keys() - sets]
        for name in sets.keys() & recorded.keys():
            self._record_is_true(recorded[name], sets[name])

    def _record_is_true(self, shipment: Shipment, pieces: Mapping[int, Sheet]) -> None:
        printed = tuple(label.tracking_number for piece in sorted(pieces) if (label := pieces[piece].label) is not None)
        told = (shipment.tracking_numbers, {shipment.station})
        if told != (printed, {sheet.printer for sheet in pieces.values()}):
            self.breaches.append(f"order {shipment.order}: recorded {told}, on paper {printed}")

    # The answers

    def _subjects(self) -> dict[tuple[str, str], list[Answer]]:
        """All answers to one hold or revision, in the order in which they came."""
        found: dict[tuple[str, str], list[Answer]] = defaultdict(list)
        for question in self.questions:
            found[question.order, question.subject] += question.answers
        return found

    def _answers_follow_each_other(self, answers: Iterable[Answer]) -> None:
        for before, after in pairwise(answers):
            old, new = before.outcome.outcome, after.outcome.outcome
            if old is not new and new not in _MAY_FOLLOW[old]:
                self.breaches.append(
                    f"order {after.outcome.order} {after.outcome.of} {after.outcome.subject}: {old}, and then {new}"
                )

    def _stopped_is_stopped(self) -> None:
        """After ``stopped`` no label of that order comes out, marked or not, until the release is published."""
        released_s = {
            (each.order, each.subject): each.asked_s
            for each in self.questions
            if isinstance(each.message, Hold) and each.message.state == "released"
        }
        for (order, subject), answers in self._subjects().items():
            stopped_s = [each.at_s for each in answers if each.outcome.outcome is Kind.STOPPED]
            if not stopped_s:
                continue
            for sheet, label in self._labels_of(order):
                if stopped_s[0] < sheet.at_s < released_s.get((order, subject), float("inf")):
                    self.breaches.append(
                        f"{_place(sheet)}: {label.name} came out {sheet.at_s - stopped_s[0]:.3f} s after "
                        f"{subject} was answered stopped"
                    )

    def _too_late_is_on_paper(self) -> None:
        """Who is told ``too_late`` finds that label: these numbers, that revision, at that station, by then."""
        for question in self.questions:
            for answer in question.answers:
                outcome = answer.outcome
                if outcome.outcome is not Kind.TOO_LATE:
                    continue
                found = {
                    label.tracking_number
                    for sheet, label in self._labels_of(question.order)
                    if sheet.at_s <= answer.at_s
                    and sheet.printer == outcome.station
                    and label.name.revision == outcome.printed_revision
                }
                if not outcome.tracking_numbers or not set(outcome.tracking_numbers) <= found:
                    self.breaches.append(
                        f"order {question.order} {question.subject}: too_late, {outcome.tracking_numbers} at "
                        f"{outcome.station}; on paper there: {found}"
                    )

    def _newest_revision(self) -> None:
        """No label of an older revision comes out after a newer one was answered ``accepted``."""
        for question in self.questions:
            instruction = question.message
            accepted = [each.at_s for each in question.answers if each.outcome.outcome is Kind.ACCEPTED]
            if not isinstance(instruction, Instruction) or not accepted:
                continue
            for sheet, label in self._labels_of(question.order):
                if label.name.revision < instruction.revision and sheet.at_s > accepted[0]:
                    self.breaches.append(
                        f"{_place(sheet)}: {label.name} came out after revision {instruction.revision} was accepted"
                    )

    def _labels_of(self, order: str) -> list[tuple[Sheet, Label]]:
        if not self._by_order:
            for sheet, label in self.labels:
                self._by_order[label.name.order].append((sheet, label))
        return self._by_order[order]

    _by_order: dict[str, list[tuple[Sheet, Label]]] = field(default_factory=lambda: defaultdict(list))


def _place(sheet: Sheet) -> str:
    return f"sheet {sheet.number} of {sheet.printer}"
