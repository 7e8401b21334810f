"""When a printer is asked for its status, and what the answers make of its state. Knows no clock.

ASB says every change by itself. A printer that says nothing may also be dead, so it is asked with DLE EOT 1 to 4:
one at a time, because an answer does not say what it answers. Four answers are one snapshot; an ASB
in between is newer than the answers before it, and they are dropped.
"""

from station.bench.core.devices import PrinterChanged, PrinterState
from station.devices.printer.commands import STATUS_REQUESTS, request_status
from station.devices.printer.replies import AutomaticStatus
from station.devices.printer.status import describe, from_automatic_status, from_real_time_status


class StatusWatch:
    """What is known of one printer's state on one connection. Times are seconds of any steady clock."""

    def __init__(self, interval_s: float, now_s: float) -> None:
        self.condition: PrinterChanged | None = None
        """None until the first snapshot, or the first silence."""
        self._interval_s = interval_s
        self._due_s = now_s
        self._asked_s: float | None = None
        self._heard_since_asked = False
        self._discard_answer = False
        self._answers: list[int] = []

    def request(self, now_s: float) -> bytes:
        """What has to be sent now, if anything. It counts as sent."""
        if self._asked_s is not None or now_s < self._due_s:
            return b""
        self._asked_s = now_s
        self._heard_since_asked = False
        return request_status(STATUS_REQUESTS[len(self._answers)])

    def restart(self, due_s: float) -> None:
        """Begin a snapshot anew, of which nothing was asked before ``due_s``."""
        self._answers.clear()
        self._discard_answer = self._asked_s is not None
        self._due_s = due_s

    def heard(self) -> None:
        """The printer sent something, whatever it was."""
        self._heard_since_asked = True

    def take_automatic(self, status: AutomaticStatus, now_s: float) -> None:
        """An ASB is a snapshot of its own."""
        self.condition = describe(from_automatic_status(status))
        self.restart(now_s + self._interval_s)

    def take_answer(self, value: int, now_s: float) -> bool:
        """Whether this answer to DLE EOT completes a snapshot. One that comes too late is dropped."""
        if self._asked_s is None:
            return False
        self._asked_s = None
        if self._discard_answer:
            self._discard_answer = False
            return False
        self._answers.append(value)
        if len(self._answers) < len(STATUS_REQUESTS):
            self._due_s = now_s
            return False
        self.condition = describe(from_real_time_status(*self._answers))
        self._answers.clear()
        self._due_s = now_s + self._interval_s
        return True

    def expire(self, now_s: float, answer_s: float) -> bool:
        """Whether the printer is found silent now: no byte within ``answer_s`` after a request."""
        if self._asked_s is None or now_s < self._asked_s + answer_s:
            return False
        self._asked_s = None
        self.restart(now_s + self._interval_s)
        return not self._heard_since_asked

    def take_silence(self) -> None:
        """The printer's last word does not stand any more."""
        self.condition = PrinterChanged(PrinterState.NO_ANSWER, detail="no answer to a status request")

    def deadline_s(self, answer_s: float, *, may_ask: bool) -> float | None:
        """When `expire` or, where asking is allowed, `request` has something to do."""
        if self._asked_s is not None:
            return self._asked_s + answer_s
        return self._due_s if may_ask else None
