"""Where the lines go: systemd's journal with their fields, or standard error as text; crashes as well.

No line forges another, nor commands a terminal; none is longer than it may be; a flood is counted and not written.
"""

import contextlib
import logging
import sys
import threading
import time
from collections.abc import Callable
from types import TracebackType

from station.telemetry.faults import name_of
from station.telemetry.limits import WINDOW_S, Limits
from station.telemetry.message import Level
from station.telemetry.messages import Crashed, LibraryWarned, LinesLost, Suppressed
from station.telemetry.native import JournalSocket, stderr_is_the_journal
from station.telemetry.telling import LOGGER, Said, fault, tell

MAX_LINE = 2000
_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))} | {ord("\n"): " | "}
"""A terminal obeys them, and the journal takes a line with one for a binary blob."""
_WITHIN_LINES = {code: text for code, text in _CONTROLS.items() if code != ord("\n")}

Write = Callable[[Said, dict[str, str]], None]


def one_line(text: str) -> str:
    """Without control characters, bounded."""
    return text.translate(_CONTROLS)[:MAX_LINE]


class Handler(logging.Handler):
    """Keeps to the limits, and writes what they admit: to the journal where there is one."""

    def __init__(self, program: str, journal: JournalSocket | None) -> None:
        """Without a journal: text on standard error."""
        super().__init__()
        self._program = program
        self.who: dict[str, str] = {}
        """Fields of every line: STATION= or DESK=, and SITE=."""
        self._journal = journal
        self._limits = Limits()
        self._timer: threading.Timer | None = None
        self._lost = 0
        self.count: Callable[[Said], None] | None = None
        """Told every line, those that the limits leave out as well."""
        logging.addLevelName(Level.NOTICE, "NOTICE")

    def emit(self, record: logging.LogRecord) -> None:
        """Called with this handler's lock held. Never raises: for a line's sake no program stops."""
        try:
            self._take(record)
        except Exception:
            self.handleError(record)

    def _take(self, record: logging.LogRecord) -> None:
        said = _said(record)
        if self.count is not None:
            self.count(said)
        if self._limits.admits(said.event, said.most, time.monotonic()):
            self._write(said, {"CODE_FILE": record.pathname, "CODE_LINE": str(record.lineno)})
        elif self._timer is None:
            self._tell_later()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  (logging's name)
        """Not as logging does it, which prints the line's arguments."""
        error = sys.exception()
        what = name_of(error) if error is not None else "?"
        with contextlib.suppress(OSError):  # standard error may be what is broken
            sys.stderr.write(f"<3>a line of {record.pathname}:{record.lineno} could not be written: {what}\n")

    def close(self) -> None:
        """Tell what was left out so far."""
        with self.lock or threading.RLock():
            if self._timer is not None:
                self._timer.cancel()
            self._tell_suppressed(float("inf"))
        super().close()

    def _tell_later(self) -> None:
        """A thread only while lines are left out: nobody may come by when the flood is over."""
        due_s = self._limits.due_s
        if due_s is None:
            return
        self._timer = threading.Timer(max(0.0, due_s - time.monotonic()), self._tell_suppressed_now)
        self._timer.daemon = True
        self._timer.start()

    def _tell_suppressed_now(self) -> None:
        with self.lock or threading.RLock():
            self._timer = None
            self._tell_suppressed(time.monotonic())
            self._tell_later()

    def _tell_suppressed(self, now_s: float) -> None:
        for kind, count in self._limits.over(now_s):
            self._write(Suppressed(kind, count, WINDOW_S), {})

    def _write(self, said: Said, code: dict[str, str]) -> None:
        if self._journal is None:
            sys.stderr.write(f"{_stamp(said.level)}{_text(said)}\n")
            return
        if self._lost:
            lost = LinesLost(self._lost)
            self._lost = 0 if self._journal.send(self._fields(lost, {})) else self._lost
        if not self._journal.send(self._fields(said, code)):
            self._lost += 1

    def _fields(self, said: Said, code: dict[str, str]) -> dict[str, str]:
        carried = {name: value.translate(_WITHIN_LINES) for name, value in said.carried.items()}
        return {
            "MESSAGE": one_line(str(said)),
            "PRIORITY": str(said.level.priority),
            "MESSAGE_ID": said.id,
            "EVENT": said.event,
            "SYSLOG_IDENTIFIER": self._program,
            **self.who,
            **carried,
            **code,
        }


def start_logging(program: str, *, verbose: bool = False) -> None:
    """Lines and crashes of this process go to the journal where there is one, else to standard error."""
    logging.basicConfig(level=Level.WARNING, handlers=[Handler(program, _journal())], force=True)
    LOGGER.setLevel(Level.DEBUG if verbose else Level.INFO)
    logging.captureWarnings(True)
    sys.excepthook = _crashed
    threading.excepthook = lambda crash: _crashed(crash.exc_type, crash.exc_value, crash.exc_traceback)
    sys.unraisablehook = lambda crash: _crashed(crash.exc_type, crash.exc_value, crash.exc_traceback)


def identify(**who: str) -> None:
    """Fields of every line from here on."""
    for handler in _handlers():
        handler.who = who


def also_count(count: Callable[[Said], None]) -> None:
    """Who counts lines from here on."""
    for handler in _handlers():
        handler.count = count


def _handlers() -> list[Handler]:
    """The one that `start_logging` set, if it was called."""
    return [handler for handler in logging.getLogger().handlers if isinstance(handler, Handler)]


def _journal() -> JournalSocket | None:
    if not stderr_is_the_journal():
        return None
    try:
        return JournalSocket()
    except OSError:
        return None


def _text(said: Said) -> str:
    """The line; of a fault, the places that it came through as well, for who has no fields."""
    trace = said.carried.get("TRACE")
    return one_line(str(said)) + (f" | {trace.translate(_CONTROLS)}" if trace else "")


def _stamp(level: Level) -> str:
    """The journal has times of its own, and takes a priority in angle brackets (sd-daemon(3))."""
    if stderr_is_the_journal():
        return f"<{level.priority}>"
    return f"{time.strftime('%H:%M:%S')} {level.name:<7} "


def _said(record: logging.LogRecord) -> Said:
    said = getattr(record, "said", None)
    if said is not None:
        line: Said = said
        return line
    return LibraryWarned(record.name, f"{record.pathname}:{record.lineno}")


def _crashed(kind: type[BaseException], error: BaseException | None, _trace: TracebackType | None) -> None:
    if error is None:
        error = kind()
    if not isinstance(error, KeyboardInterrupt | SystemExit):
        tell(Crashed(**fault(error)))
