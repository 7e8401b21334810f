"""Holds and revisions as questions, and their outcomes as lines and exit statuses."""

import argparse
import sys
from collections.abc import Callable

from station.contact.asking import Asking, Question
from station.contact.exits import Exit, exit_of
from station.contact.line import Line, say_aside
from station.contact.phrases import Say, both
from station.contact.words import outcome_words
from station.protocol.codec import digest, encode
from station.protocol.hold import Hold
from station.protocol.instruction import Instruction
from station.protocol.outcome import Outcome, OutcomeKind, decode_outcome
from station.protocol.topics import HoldOn, InstructionOf, OutcomeOf, Topics

_STILL = {OutcomeKind.PRINTING: Say.STILL_PRINTING, OutcomeKind.RECALLING: Say.STILL_RECALLING}
"""Outcomes that another follows soon, and what is said where it did not come within the time to wait."""

IsNow = Callable[[str], bool]
"""Whether an epoch is the desk's: what it said before a restore is no answer of now."""


def _always(_epoch: str) -> bool:
    return True


class _Newest:
    """Which of two answers that overtook each other is the truth."""

    def __init__(self) -> None:
        self._epoch, self._number = "", 0

    def takes(self, outcome: Outcome) -> bool:
        """Whether nothing newer was heard from the same epoch."""
        if outcome.epoch == self._epoch and outcome.number < self._number:
            return False
        self._epoch, self._number = outcome.epoch, outcome.number
        return True


def hold_question(topics: Topics, order: str, hold: Hold, is_now: IsNow = _always) -> Question[Outcome]:
    """A hold, or its release, whose answer is the hold's outcome."""
    newest = _Newest()

    def read(payload: bytes) -> Outcome | None:
        outcome = decode_outcome(payload)
        # An answer to this hold from before its release may still be on its way.
        overtaken = hold.state == "released" and outcome.outcome is not OutcomeKind.FREED
        return outcome if is_now(outcome.epoch) and not overtaken and newest.takes(outcome) else None

    return Question(
        topics.of(HoldOn(order, hold.hold)),
        encode(hold),
        topics.of(OutcomeOf(order, f"hold-{hold.hold}")),
        read,
        _is_last_word,
    )


def revision_question(topics: Topics, instruction: Instruction, is_now: IsNow = _always) -> Question[Outcome]:
    """An instruction, whose answer is its revision's outcome."""
    payload = encode(instruction)
    ours = ("", digest(payload))
    newest = _Newest()

    def read(payload: bytes) -> Outcome | None:
        outcome = decode_outcome(payload)
        # Somebody else may have published the same number with another content.
        return outcome if is_now(outcome.epoch) and outcome.digest in ours and newest.takes(outcome) else None

    return Question(
        topics.of(InstructionOf(instruction.order)),
        payload,
        topics.of(OutcomeOf(instruction.order, f"revision-{instruction.revision}")),
        read,
        _is_last_word,
    )


def ask_one(
    line: Line,
    question: Question[Outcome],
    arguments: argparse.Namespace,
    words: Callable[[Outcome], str] = outcome_words,
) -> Outcome | None:
    """Ask, and tell each answer as it comes. The last that was heard; None where there was no answer."""
    heard: Outcome | None = None
    for answer in line.ask(Asking([question], wait_s=arguments.wait)):
        if answer.message is not None and answer.message is not heard:
            print(encode(answer.message).decode() if arguments.json else words(answer.message), flush=True)
        heard = answer.message
    if heard is None:
        tell_silence(line)
    elif not _is_last_word(heard):
        say_aside(_STILL[heard.outcome], seconds=arguments.wait)
    return heard


def exit_of_hold(outcome: Outcome | None) -> Exit:
    """The exit status of a hold. One that was released before holds nothing."""
    if outcome is not None and outcome.outcome is OutcomeKind.FREED:
        return Exit.REFUSED
    return exit_of_answer(outcome)


def exit_of_release(outcome: Outcome | None) -> Exit:
    """The exit status of a release. One of a hold that nobody knew freed nothing."""
    if outcome is not None and outcome.unknown_hold:
        return Exit.NO_SUCH_HOLD
    return exit_of_answer(outcome)


def exit_of_answer(outcome: Outcome | None) -> Exit:
    """The exit status of an answer, or of none."""
    return Exit.NO_ANSWER if outcome is None else exit_of(outcome.outcome)


def tell_silence(line: Line) -> None:
    """Say that nobody answered, and what is known of why."""
    print(f"{both(Say.NO_ANSWER)}\n  {line.why_silent()}", file=sys.stderr, flush=True)


def _is_last_word(outcome: Outcome) -> bool:
    return outcome.outcome not in _STILL
