"""Asking until there is an answer: what to publish, when to publish it again, and when to give up.

Pure: time enters as ``now_s``. Nothing rests on a broker's memory (hold protocol, section 1), so a question is
published again every second until its answer settles it. Of many questions only some are under way at a time.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

REPEAT_S = 1.0

M = TypeVar("M")


@dataclass(frozen=True, slots=True)
class Question(Generic[M]):
    """One message that asks, and how its answer is known."""

    topic: str
    payload: bytes
    answer_topic: str
    """One question at a time is answered there."""
    read: Callable[[bytes], M | None]
    """The answer in a payload; None where it answers somebody else's question. Raises Invalid."""
    settles: Callable[[M], bool]
    """Whether the answer is the last word, or another follows."""


@dataclass(frozen=True, slots=True)
class Answer(Generic[M]):
    """What became of a question."""

    question: Question[M]
    message: M | None
    """None: nobody answered."""
    last: bool
    """Nothing more is waited for."""


@dataclass(slots=True)
class _UnderWay(Generic[M]):
    question: Question[M]
    asked_s: float
    publish_s: float
    message: M | None = None


class Asking(Generic[M]):
    """Asks questions, ``window`` at a time. A question is given up ``wait_s`` after it was asked.

    One without any answer gets longer while others are answered, since the desk is at work: it is given up ``wait_s``
    after the last new answer to any of them. Then the desk is silent, and those that wait for their turn are given up
    with it.
    """

    def __init__(self, questions: Iterable[Question[M]], *, wait_s: float, window: int = 1) -> None:
        self._waiting: Iterator[Question[M]] = iter(questions)
        self._wait_s = wait_s
        self._window = window
        self._under_way: dict[str, _UnderWay[M]] = {}
        self._progress_s = float("-inf")
        self._exhausted = False

    @property
    def done(self) -> bool:
        """Whether every question was settled or given up. Meaningful after ``due``."""
        return self._exhausted and not self._under_way

    def due(self, now_s: float) -> list[Question[M]]:
        """What to publish now."""
        while not self._exhausted and len(self._under_way) < self._window:
            question = next(self._waiting, None)
            if question is None:
                self._exhausted = True
            elif question.answer_topic in self._under_way:
                raise AssertionError(f"two questions are answered on {question.answer_topic}")
            else:
                self._under_way[question.answer_topic] = _UnderWay(question, now_s, now_s)
        due = [each for each in self._under_way.values() if each.publish_s <= now_s]
        for each in due:
            each.publish_s = now_s + REPEAT_S
        return [each.question for each in due]

    def again(self) -> None:
        """A new connection: what is under way is published at once."""
        for each in self._under_way.values():
            each.publish_s = float("-inf")

    def heard(self, topic: str, payload: bytes, now_s: float) -> Answer[M] | None:
        """The answer that a message is; None where it is none, or another than the last and not the first word.

        Raises Invalid.
        """
        under_way = self._under_way.get(topic)
        if under_way is None:
            return None
        message = under_way.question.read(payload)
        if message is None:
            return None
        is_first, under_way.message = under_way.message is None, message
        last = under_way.question.settles(message)
        if last:
            del self._under_way[topic]
        elif not is_first:
            return None
        self._progress_s = now_s
        return Answer(under_way.question, message, last)

    def given_up(self, now_s: float) -> list[Answer[M]]:
        """The questions that are waited for no longer, with the last that was heard of each."""
        late = [each for each in self._under_way.values() if self._give_up_s(each) <= now_s]
        for each in late:
            del self._under_way[each.question.answer_topic]
        answers = [Answer(each.question, each.message, last=True) for each in late]
        if any(each.message is None for each in late):
            self._exhausted = True
            answers += [Answer(question, None, last=True) for question in self._waiting]
        return answers

    def next_s(self) -> float:
        """When there is something to publish or to give up next, if nothing is heard before."""
        return min(min(each.publish_s, self._give_up_s(each)) for each in self._under_way.values())

    def _give_up_s(self, each: _UnderWay[M]) -> float:
        since_s = each.asked_s if each.message is not None else max(each.asked_s, self._progress_s)
        return since_s + self._wait_s
