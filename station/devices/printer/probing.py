"""Asks a printer once, at install, all that this project wants to know of it. It prints nothing.

One question after another, each with its time, on a line that nobody else uses. Where the printer answers GS r 1, that
stands behind a question that it may not know: its answer alone means that it does not.
"""

import random
import select
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from station.bench.core.devices import PrinterChanged, PrinterState
from station.devices.printer import commands
from station.devices.printer.boundary import PRINT_BUFFER_S
from station.devices.printer.line import Line, LineLostError
from station.devices.printer.replies import (
    AutomaticStatus,
    ClearResponse,
    Information,
    PaperStatus,
    ProcessIdReturned,
    RealTimeStatus,
    Reply,
    ReplyParser,
)
from station.devices.printer.status import describe, from_automatic_status, from_real_time_status
from station.printers.answers import Answers

ANSWER_S = 1.0
"""For an answer on an idle line; printers take some 10 ms."""
WRITE_S = 5.0
_PAUSE_S = 0.01
_R = TypeVar("_R", bound=Reply)


class ProbeFailed(Exception):
    """The printer cannot be probed now. The text says why, and what to do."""


def probe(line: Line, *, probed_at: str, place: str, model: str, answer_s: float = ANSWER_S) -> Answers:
    """Ask everything. Raises ProbeFailed, LineLostError."""
    interview = _Interview(line, answer_s)
    statuses, automatic = interview.statuses()
    state = _state(statuses, automatic)
    paper_status = interview.in_turn
    if state is None and not paper_status:
        raise ProbeFailed(
            f"{place}: nothing answers: switch the printer on, check the cable and the line's settings, "
            "and see that no other program is connected to it"
        )
    if state is not None and state.state is not PrinterState.READY:
        raise ProbeFailed(f"{place}: the printer is not ready ({state.detail}): put that right, and probe again")
    if not paper_status:
        raise ProbeFailed(
            f"{place}: the printer does not answer GS r: it may hold a job that was broken off. "
            "Switch it off and on, and probe again"
        )
    return Answers(
        probed_at=probed_at,
        place=place,
        model=model,
        model_id=interview.number(1),
        type_id=interview.number(2),
        firmware=interview.words(65),
        maker=interview.words(66),
        name=interview.words(67),
        serial_number=interview.words(68),
        language=interview.words(69),
        real_time_status=len(statuses) == len(commands.STATUS_REQUESTS),
        status_back=automatic is not None,
        paper_status=paper_status,
        process_id=interview.process_id(),
        cut_count=interview.cut_count(),
        clear_buffers=interview.clearing(),
        paper_near_end=state is not None and state.paper_near_end,
    )


def _state(statuses: list[int], automatic: AutomaticStatus | None) -> PrinterChanged | None:
    if automatic is not None:
        return describe(from_automatic_status(automatic))
    if len(statuses) == len(commands.STATUS_REQUESTS):
        return describe(from_real_time_status(*statuses))
    return None


@dataclass(slots=True)
class _Interview:
    """The questions. A late answer to an earlier one is dropped before the next is asked."""

    line: Line
    answer_s: float
    in_turn: bool = False
    """It answers GS r 1."""

    def statuses(self) -> tuple[list[int], AutomaticStatus | None]:
        """DLE EOT 1 to 4, as far as they are answered; ASB; and whether GS r is."""
        answered = [self._ask(commands.request_status(n), RealTimeStatus) for n in commands.STATUS_REQUESTS]
        statuses = [answer.value for answer in answered if answer is not None]
        self._say(commands.ENABLE_STATUS_BACK + commands.REQUEST_PAPER_STATUS)
        automatic = None
        for reply in self._hear(self.answer_s):
            if isinstance(reply, AutomaticStatus):
                automatic = reply
            elif isinstance(reply, PaperStatus):
                self.in_turn = True
                break
        return statuses, automatic

    def number(self, n: int) -> int | None:
        """GS I 1 to 3: a byte that looks like an answer to GS r, so that stands not behind it."""
        answer = self._ask(commands.request_information(n), PaperStatus)
        return None if answer is None else answer.value

    def words(self, n: int) -> str:
        """GS I 65 to 69."""
        answer = self._ask_in_turn(commands.request_information(n), Information)
        return "" if answer is None else answer.text

    def cut_count(self) -> int | None:
        """GS g 2."""
        answer = self._ask_in_turn(commands.REQUEST_CUT_COUNT, Information)
        return int(answer.text) if answer is not None and answer.text.isdecimal() else None

    def process_id(self) -> bool:
        """GS ( H: nothing is to be printed before it, so it comes back at once."""
        process_id = next(commands.process_ids(random.SystemRandom().randrange(commands.PROCESS_IDS)))
        self._say(commands.request_process_id(process_id))
        heard = self._hear(self.answer_s + PRINT_BUFFER_S)
        return any(reply == ProcessIdReturned(process_id) for reply in heard)

    def clearing(self) -> bool:
        """DLE DC4 8; there is nothing to be lost."""
        return self._ask(commands.CLEAR_BUFFERS, ClearResponse) is not None

    def _ask(self, request: bytes, kind: type[_R]) -> _R | None:
        self._say(request)
        return next((reply for reply in self._hear(self.answer_s) if isinstance(reply, kind)), None)

    def _ask_in_turn(self, request: bytes, kind: type[_R]) -> _R | None:
        if not self.in_turn:
            return self._ask(request, kind)
        self._say(request + commands.REQUEST_PAPER_STATUS)
        found = None
        for reply in self._hear(self.answer_s):
            if isinstance(reply, kind):
                found = reply
            elif isinstance(reply, PaperStatus):
                break
        return found

    def _say(self, data: bytes) -> None:
        self.line.read()
        rest = memoryview(data)
        until_s = time.monotonic() + WRITE_S
        while rest:
            rest = rest[self.line.write(rest) :]
            if rest and time.monotonic() > until_s:
                raise LineLostError(f"the printer takes no byte for {WRITE_S:g} s")
            if rest:
                time.sleep(_PAUSE_S)

    def _hear(self, seconds: float) -> Iterator[Reply]:
        """What comes, until it is enough or the time is over."""
        parser = ReplyParser()
        until_s = time.monotonic() + seconds
        while (left_s := until_s - time.monotonic()) > 0:
            descriptor = self.line.fileno()
            if descriptor is None:
                time.sleep(_PAUSE_S)
            elif not select.select([descriptor], [], [], left_s)[0]:
                return
            data = self.line.read()
            if not data:
                time.sleep(_PAUSE_S)
            yield from parser.feed(data)
