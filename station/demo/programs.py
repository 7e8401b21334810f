"""Programs of the demonstration: started, watched, and ended with it."""

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

STATION = (sys.executable, "-m", "station")
END_S = 5.0


class DidNotHappen(Exception):
    """Something that was waited for did not come; the text says what, and where to look."""


class Program:
    """One child process, with its output in a file."""

    def __init__(self, name: str, words: Sequence[str], folder: Path, *, typed: bool = False) -> None:
        """Start it; ``typed``: lines can be typed to it."""
        self.name = name
        self.log = folder / f"{name}.log"
        self._words = tuple(words)
        self._typed = typed
        self._process = self._start()

    def _start(self) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as log:
            return subprocess.Popen(
                self._words,
                stdin=subprocess.PIPE if self._typed else subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def type(self, line: str) -> None:
        """Type a line to it."""
        assert self._process.stdin is not None  # noqa: S101  (started with typed)
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()

    def kill(self) -> None:
        """Cut it off, as a power cut would."""
        self._process.kill()
        self._process.wait()

    def restart(self) -> None:
        """Start it again after it ended."""
        self._process = self._start()

    def end(self) -> None:
        """Ask it to end, and cut it off if it does not."""
        if self.running:
            self._process.terminate()
            try:
                self._process.wait(END_S)
            except subprocess.TimeoutExpired:
                self.kill()
        if self._process.stdin is not None:
            self._process.stdin.close()

    def wait_for(self, what: str, is_there: Callable[[], object], timeout_s: float = 20.0) -> None:
        """Wait until something is there that this program makes; raises DidNotHappen."""
        wait_for(what, is_there, timeout_s, self)


def wait_for(
    what: str, is_there: Callable[[], object], timeout_s: float = 20.0, program: Program | None = None
) -> None:
    """Wait until something is so; raises DidNotHappen with what was waited for, and a program's last words."""
    until = time.monotonic() + timeout_s
    while not is_there():
        ended = program is not None and not program.running
        if ended or time.monotonic() > until:
            words = "" if program is None else f"; the last words of {program.name} ({program.log}): {_tail(program)}"
            raise DidNotHappen(f"{what}: did not happen within {timeout_s:.0f} s{words}")
        time.sleep(0.02)


def _tail(program: Program) -> str:
    return " | ".join(program.log.read_text("utf-8", errors="replace").splitlines()[-3:])
