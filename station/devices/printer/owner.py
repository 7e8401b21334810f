"""The one thread that owns the printer: it opens the line, carries bytes to and from the conversation, reopens.

A line that breaks is normal: what was underway is reported as failed, `PrinterState.DISCONNECTED` is reported once
with each reason, and opening is tried again for as long as the station runs.
"""

import contextlib
import math
import os
import random
import select
import termios
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from station.bench.core.devices import (
    ClearFailed,
    PrintConfirmed,
    PrinterChanged,
    PrinterEvent,
    PrinterState,
    PrintFailed,
)
from station.config.printer import Printer, TcpPrinter
from station.devices.printer.boundary import Limits
from station.devices.printer.commands import PROCESS_IDS, process_ids
from station.devices.printer.conversation import Conversation
from station.devices.printer.expectation import Expectation
from station.devices.printer.line import Line, LineLostError, LineUnavailableError
from station.printers.answers import Answers
from station.telemetry.messages import NotOnPaper, OnPaper, PrinterNotReady, PrinterReady
from station.telemetry.telling import tell

ANSWER_S = 1.0
"""For an answer on an idle line; printers take some 10 ms."""
SILENCE_S = 10.0
"""A network printer that is switched off leaves its connection as it is, and TCP repeats what it sent at intervals
that grow to two minutes: so long after being switched on again it would pass for dead."""
FIRST_RETRY_S = 0.25
LONGEST_RETRY_S = 2.0  # a packer who switches the printer on should not have to wait for the station
JOIN_S = 5.0  # an attempt to connect has to end first
READ_INTERVAL_S = 0.02
"""How often a line without a descriptor is read."""
WRITE_PAUSE_S = 0.01
"""After a line that called itself writable took nothing: usblp does so without paper, and must not be spun on."""
_MOST_DETAILS = 8
"""Reasons that are told of one absence: whoever plugs cables is told what is there now, and the log stays short."""
_GONE = select.POLLHUP | select.POLLERR | select.POLLNVAL
_CONFIGURED_PROCESS_ID = {"auto": None, "yes": True, "no": False}


@dataclass(frozen=True, slots=True)
class _Print:
    grant: str
    job: bytes


@dataclass(frozen=True, slots=True)
class _Clear:
    pass


class PrinterEdge:
    """The bench's printer. `print` and `clear` return at once; what comes of them is posted."""

    def __init__(
        self,
        config: Printer,
        post: Callable[[PrinterEvent], None],
        *,
        open_line: Callable[[Printer], Line] | None = None,
        kept: Answers | None = None,
        answer_s: float = ANSWER_S,
    ) -> None:
        """``post`` is called on the printer's own thread. ``kept``: what the printer answered to its probe.

        ``open_line`` raises LineUnavailableError; by default python-escpos' connectors open the line.
        """
        self._config = config
        self._post = post
        self.began: Callable[[str], None] = lambda _grant: None
        """Told, on that thread too, that the printer has taken the first byte of a grant's label."""
        self._open_line = open_line or _open_with_connectors
        self._expected = Expectation(config.model, _CONFIGURED_PROCESS_ID[config.process_id], kept)
        self._limits = Limits(
            write_s=config.write_timeout_s,
            confirm_s=config.confirm_timeout_s,
            status_interval_s=config.status_interval_s,
            answer_s=answer_s,
            silence_s=SILENCE_S if isinstance(config, TcpPrinter) else math.inf,
        )
        # Begins anywhere: an answer meant for an earlier process must not prove a job of this one.
        self._process_ids = process_ids(random.SystemRandom().randrange(PROCESS_IDS))
        self._wishes: deque[_Print | _Clear] = deque()
        self._closing = False
        self._wake_fd = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._thread = threading.Thread(target=self._run, name="printer", daemon=True)
        self._reported: PrinterChanged | None = None
        self._details_told: set[str] = set()
        self._retry_s = FIRST_RETRY_S
        self.unknown_bytes = 0
        """Bytes received that belong to no reply, on the connections that have ended."""

    @property
    def alive(self) -> bool:
        """Whether the thread runs. A disconnected printer's does; a dead one ends the daemon."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Open the line, or keep trying, on a thread of its own."""
        self._thread.start()

    def print(self, grant: str, job: bytes) -> None:
        """Send the label of this grant, once. `PrintConfirmed` or `PrintFailed` follows.

        ``job`` is whole ESC/POS commands, from ESC @ to the last cut. GS a 255 has to follow ESC @, which ends ASB: on
        that rests what is known while the label is being sent. The edge adds the request for the proof.
        """
        self._wish(_Print(grant, job))

    def rouse(self) -> None:
        """A label may be sent in a moment: a thread that has just been awake begins sooner."""
        os.eventfd_write(self._wake_fd, 1)

    def clear(self) -> None:
        """Have the printer drop what it holds. `BuffersCleared` or `ClearFailed` follows.

        A job that is not settled fails with it.
        """
        self._wish(_Clear())

    def close(self) -> None:
        """End the thread and give the line back. Calling it again does nothing."""
        if self._closing:
            return
        self._closing = True
        os.eventfd_write(self._wake_fd, 1)
        if self._thread.ident is not None:
            self._thread.join(JOIN_S)
        if not self._thread.is_alive():
            os.close(self._wake_fd)

    def _wish(self, wish: _Print | _Clear) -> None:
        self._wishes.append(wish)
        if not self._closing:
            os.eventfd_write(self._wake_fd, 1)

    # The thread.

    def _run(self) -> None:
        while not self._closing:
            try:
                line = self._open_line(self._config)
            except LineUnavailableError as error:
                self._disconnected(str(error))
                self._wait_before_retry()
            else:
                self._use(line)
        self._refuse_wishes("the station is stopping")

    def _use(self, line: Line) -> None:
        """Talk to the printer until the line is lost, is to be opened anew, or the edge is closed."""
        conversation = Conversation(
            self._limits,
            self._process_ids,
            expected=self._expected,
            now_s=time.monotonic(),
        )
        lost, discard = None, True
        try:
            self._converse(line, conversation)
            if self._closing:
                discard = not conversation.job_unsettled  # a label may come out whole: the packer will be asked
                conversation.lost("the station is stopping")
            else:
                conversation.lost("given up: the printer's buffers are being cleared")
        except LineLostError as error:
            lost = error
            conversation.lost(lost.reason, last_write_uncertain=lost.last_write_uncertain)
        finally:
            # Before the failure is told: once it is, nothing of the job may follow.
            with contextlib.suppress(OSError, termios.error):  # the device may be gone
                line.close(discard=discard)
        self.unknown_bytes += conversation.unknown_bytes
        self._tell(conversation)
        if lost:
            self._disconnected(lost.reason)
            self._wait_before_retry()

    def _converse(self, line: Line, conversation: Conversation) -> None:
        """Returns when the edge is closed, or the line is to be opened anew. Raises LineLostError."""
        poll = select.poll()
        poll.register(self._wake_fd, select.POLLIN)
        happened = 0
        while True:
            now_s = time.monotonic()
            if not self._pass_wishes(conversation, now_s):
                return
            conversation.tick(now_s)
            pause = self._write(line, conversation) and bool(happened & select.POLLOUT)
            self._tell(conversation)
            happened = self._wait(poll, line, conversation, pause=pause)
            if not happened & ~select.POLLOUT:
                continue
            data = line.read()
            if data:
                self._retry_s = FIRST_RETRY_S
                conversation.received(data, time.monotonic())
            elif happened & _GONE:
                raise LineLostError("the device is gone")

    def _write(self, line: Line, conversation: Conversation) -> bool:
        """Offer the line what there is to send. Returns whether it took nothing of it."""
        data = conversation.to_send()
        if not data:
            return False
        beginning = conversation.beginning
        taken = line.write(data)
        conversation.sent(taken, time.monotonic())
        if beginning and taken:
            self.began(beginning)
        return taken == 0

    def _wait(self, poll: select.poll, line: Line, conversation: Conversation, *, pause: bool) -> int:
        """Until there is something to do. Returns what happened on the line, as poll() says it."""
        sending = len(conversation.to_send()) > 0
        timeout_s = conversation.deadline_s() - time.monotonic()
        descriptor = line.fileno()
        if descriptor is None:
            poll.poll(_milliseconds(min(timeout_s, 0 if sending else READ_INTERVAL_S)))
            return select.POLLIN
        poll.register(descriptor, select.POLLIN | (select.POLLOUT if sending and not pause else 0))
        ready = dict(poll.poll(_milliseconds(min(timeout_s, WRITE_PAUSE_S) if pause else timeout_s)))
        return ready.get(descriptor, 0)

    def _pass_wishes(self, conversation: Conversation, now_s: float) -> bool:
        """False when this line is not to be used further: the edge closes, or the next wish needs a new line."""
        self._awake()
        if self._closing:
            return False
        while self._wishes:
            # A clearing cannot overtake a job on its way.
            if isinstance(self._wishes[0], _Clear) and conversation.job_unsettled:
                return False
            match self._wishes.popleft():
                case _Print(grant, job):
                    conversation.print(grant, job, now_s)
                case _Clear():
                    conversation.clear(now_s)
        return True

    def _refuse_wishes(self, reason: str) -> None:
        self._awake()
        while self._wishes:
            match self._wishes.popleft():
                case _Print(grant, _):
                    self._post(PrintFailed(grant, begun=False, reason=reason))
                case _Clear():
                    self._post(ClearFailed(reason))

    def _awake(self) -> None:
        """Before wishes and closing are looked at, so that neither is overlooked."""
        with contextlib.suppress(BlockingIOError):
            os.eventfd_read(self._wake_fd)

    def _wait_before_retry(self) -> None:
        until_s = time.monotonic() + self._retry_s
        self._retry_s = min(2 * self._retry_s, LONGEST_RETRY_S)
        detail = self._reported.detail if self._reported else ""
        while (left_s := until_s - time.monotonic()) > 0:
            self._refuse_wishes(f"no connection to the printer: {detail}")
            if self._closing:
                return
            select.select([self._wake_fd], [], [], left_s)

    # What is told.

    def _tell(self, conversation: Conversation) -> None:
        for event in conversation.take_events():
            match event:
                case PrinterChanged():
                    self._report(event)
                    continue
                case PrintConfirmed(grant, proof):
                    tell(OnPaper(grant, proof))
                case PrintFailed(grant, begun, reason):
                    tell(NotOnPaper(grant, begun, reason))
            self._post(event)

    def _disconnected(self, detail: str) -> None:
        if self._reported is None or self._reported.state is not PrinterState.DISCONNECTED:
            self._details_told.clear()
        if detail not in self._details_told and len(self._details_told) < _MOST_DETAILS:
            self._details_told.add(detail)  # each once, though they may take turns
            self._report(PrinterChanged(PrinterState.DISCONNECTED, detail=detail))

    def _report(self, change: PrinterChanged) -> None:
        if change == self._reported:
            return
        self._reported = change
        is_well = change.state is PrinterState.READY and not change.detail
        tell(PrinterReady() if is_well else PrinterNotReady(change.state, change.detail))
        self._post(change)


def _open_with_connectors(config: Printer) -> Line:
    # Imported here, on the owner's thread: python-escpos takes 0.2 s, and a desk or a laptop never needs it.
    from station.devices.printer.connectors import open_line

    return open_line(config)


def _milliseconds(timeout_s: float) -> int | None:
    """For poll(): rounded up, so that the deadline has passed when it returns."""
    return None if math.isinf(timeout_s) else max(0, math.ceil(timeout_s * 1000))
