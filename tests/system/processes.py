"""Real processes: started, cut off, and started again by somebody who plays systemd."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

STATION = (sys.executable, "-m", "station")
RESTART_S = 0.2
"""As systemd's RestartSec=, shorter: what matters is in which order things happen."""


class DidNotHappen(AssertionError):
    """Something that was waited for did not come; the text says what, and what was seen instead."""


def wait_for(what: str, is_so: Callable[[], object], timeout_s: float = 20.0, seen: Callable[[], str] = str) -> None:
    """Until something is so. Raises DidNotHappen with what was waited for and what ``seen`` tells instead."""
    until = time.monotonic() + timeout_s
    while not is_so():
        if time.monotonic() > until:
            raise DidNotHappen(f"{what}: not within {timeout_s:g} s. {seen()}")
        time.sleep(0.01)


class Process:
    """One program, with its output in a file. Each start goes on in the same file."""

    def __init__(
        self, name: str, words: Sequence[str], folder: Path, *, environment: Mapping[str, str] | None = None
    ) -> None:
        """Not started yet. ``environment`` joins the tests' own."""
        self.name = name
        self.log = folder / f"{name}.log"
        self.wanted = False
        """It is meant to run: when it does not, systemd starts it again."""
        self.may_give_up = False
        """Something that it cannot work without is gone: it may end by itself, with the status that says so."""
        self._words = tuple(words)
        self._environment = {**os.environ, **(environment or {})}
        self._running: subprocess.Popen[bytes] | None = None
        self._started_s = 0.0
        self._lock = threading.Lock()

    def start(self, *more: str) -> None:
        """Start it, if it does not run; this once with ``more`` words."""
        with self._lock, self.log.open("ab") as log:
            if not self.running:
                self._started_s = time.monotonic()
                self._running = subprocess.Popen(
                    (*self._words, *more),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env=self._environment,
                )
            self.wanted = True

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return self._running is not None and self._running.poll() is None

    @property
    def running_s(self) -> float:
        """For how long it has run; 0 where it does not."""
        return time.monotonic() - self._started_s if self.running else 0.0

    @property
    def status(self) -> int | None:
        """Exit status of the last run; None while it runs. Negative: the signal that ended it."""
        return None if self._running is None else self._running.poll()

    @property
    def ended_by_itself(self) -> bool:
        """It is meant to run, and does not."""
        with self._lock:
            return self.wanted and not self.running

    @property
    def resident_kib(self) -> int:
        """Its resident memory now."""
        assert self._running is not None
        status = Path(f"/proc/{self._running.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0])

    def cut_off(self) -> None:
        """``kill -9``: what a power cut leaves."""
        with self._lock:
            self.wanted = False
            if self._running is not None:
                self._running.kill()
                self._running.wait()

    def pause(self) -> None:
        """It does nothing until ``resume``, and does not know."""
        assert self._running is not None
        self._running.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """It goes on."""
        assert self._running is not None
        self._running.send_signal(signal.SIGCONT)

    def end(self, timeout_s: float = 10.0) -> int:
        """Ask it to end; its exit status. Raises DidNotHappen where it does not."""
        with self._lock:
            self.wanted = False
        if self._running is None:
            return 0
        self._running.send_signal(signal.SIGTERM)
        try:
            return self._running.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.cut_off()
            raise DidNotHappen(f"{self.name} does not end by SIGTERM: {self.last_words()}") from None

    def retire(self) -> None:
        """Ask it to end as soon as no order is open."""
        with self._lock:
            self.wanted = False
        assert self._running is not None
        self._running.send_signal(signal.SIGUSR1)

    def said(self, words: str) -> bool:
        """Whether these words stand in its output."""
        return self.log.exists() and words in self.log.read_text("utf-8", errors="replace")

    def count_said(self, words: str) -> int:
        """How often these words stand in its output."""
        return self.log.read_text("utf-8", errors="replace").count(words) if self.log.exists() else 0

    def last_words(self, lines: int = 6) -> str:
        """The end of its output."""
        text = self.log.read_text("utf-8", errors="replace") if self.log.exists() else ""
        return f"{self.name}: " + " | ".join(text.splitlines()[-lines:])


GIVES_UP = 75
"""Exit status of a program that cannot work now, and asks to be started again."""


class Ending(NamedTuple):
    """A program that ended though nobody had asked for it."""

    name: str
    status: int | None
    last_words: str
    excused: bool
    """It had a reason, and said so in a sentence."""


class Systemd:
    """Starts again what ends by itself, and remembers that it did."""

    def __init__(self) -> None:
        """Nothing is watched yet."""
        self.endings: list[Ending] = []
        self._processes: list[Process] = []
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="systemd", daemon=True)

    def watch(self, process: Process) -> Process:
        """One more program to look after."""
        self._processes.append(process)
        if self._thread.ident is None:
            self._thread.start()
        return process

    def close(self) -> None:
        """Let go of all."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _watch(self) -> None:
        while not self._stopping.wait(RESTART_S):
            for process in list(self._processes):
                if process.ended_by_itself:
                    said, status = process.last_words(), process.status
                    excused = process.may_give_up and status == GIVES_UP and "Traceback" not in said
                    self.endings.append(Ending(process.name, status, said, excused))
                    process.start()
