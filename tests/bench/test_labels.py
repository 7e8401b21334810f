"""Labels that are drawn ahead, and what may come between."""

import queue
from collections.abc import Iterator

import msgspec
import pytest

from station.bench.core.events import LabelsDrawn, LabelsImpossible
from station.bench.labels import Labels
from station.config.label import LabelConfig
from station.label.configured import configured_press
from station.label.content import Mark
from station.label.press import Job, LabelPress
from station.protocol.instruction import Instruction
from tests.label.orders import PLAIN, order

Posted = LabelsDrawn | LabelsImpossible


class InterruptedPress(LabelPress):
    """A press that takes so long that a message comes in between."""

    def __init__(self, press: LabelPress) -> None:
        self.arrives: list[Instruction] = []
        self.labels: Labels | None = None
        self.__dict__.update(press.__dict__)

    def job(self, instruction: Instruction, reprint: int = 0, mark: Mark = Mark.REPRINT) -> Job:
        while self.arrives and self.labels is not None:
            self.labels.keep(self.arrives.pop())
        return super().job(instruction, reprint, mark)


@pytest.fixture(name="press")
def _press() -> InterruptedPress:
    return InterruptedPress(configured_press(LabelConfig()))


@pytest.fixture(name="posted")
def _posted() -> "queue.SimpleQueue[Posted]":
    return queue.SimpleQueue()


@pytest.fixture(name="labels")
def _labels(press: InterruptedPress, posted: "queue.SimpleQueue[Posted]") -> Iterator[Labels]:
    labels = Labels(press, posted.put)
    press.labels = labels
    yield labels
    labels.close()


@pytest.mark.parametrize(("swap", "mark"), [(False, Mark.REPRINT), (True, Mark.REPLACEMENT)])
def test_a_label_that_takes_anothers_place_at_the_dock_says_so(
    labels: Labels, press: InterruptedPress, posted: "queue.SimpleQueue[Posted]", *, swap: bool, mark: Mark
) -> None:
    instruction = msgspec.structs.replace(PLAIN, swap=swap)
    labels.keep(instruction)
    labels.prepare(PLAIN.order, PLAIN.revision, 1)
    assert posted.get(timeout=5) == LabelsDrawn(PLAIN.order, PLAIN.revision, 1)
    assert labels.job(PLAIN.order, PLAIN.revision, 1) == LabelPress.job(press, instruction, 1, mark).data


def test_a_revision_that_is_told_again_while_its_labels_are_drawn_does_not_stop_them(
    labels: Labels, press: InterruptedPress, posted: "queue.SimpleQueue[Posted]"
) -> None:
    labels.keep(PLAIN)
    press.arrives = [msgspec.structs.replace(PLAIN)]
    labels.prepare(PLAIN.order, PLAIN.revision, 0)
    assert posted.get(timeout=5) == LabelsDrawn(PLAIN.order, PLAIN.revision, 0)
    assert labels.job(PLAIN.order, PLAIN.revision, 0)


def test_labels_of_a_revision_that_is_replaced_while_they_are_drawn_are_not_kept(
    labels: Labels, press: InterruptedPress, posted: "queue.SimpleQueue[Posted]"
) -> None:
    newer = order(revision=2)
    labels.keep(PLAIN)
    press.arrives = [newer]
    labels.prepare(PLAIN.order, 1, 0)
    labels.prepare(PLAIN.order, 2, 0)
    assert posted.get(timeout=5) == LabelsDrawn(PLAIN.order, 2, 0)
    with pytest.raises(KeyError):
        labels.job(PLAIN.order, 1, 0)


def test_an_older_revision_that_comes_late_does_not_replace_the_newer_one(
    labels: Labels, posted: "queue.SimpleQueue[Posted]"
) -> None:
    labels.keep(order(revision=2))
    labels.keep(PLAIN)
    labels.prepare(PLAIN.order, 2, 0)
    assert posted.get(timeout=5) == LabelsDrawn(PLAIN.order, 2, 0)


def test_a_forgotten_order_has_no_labels_any_more(labels: Labels, posted: "queue.SimpleQueue[Posted]") -> None:
    labels.keep(PLAIN)
    labels.prepare(PLAIN.order, 1, 0)
    posted.get(timeout=5)
    labels.forget(PLAIN.order)
    with pytest.raises(KeyError):
        labels.job(PLAIN.order, 1, 0)
