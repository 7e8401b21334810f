"""Log lines: what came from outside cannot forge another, nor command a terminal; crashes tell no values."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from station.telemetry.limits import WINDOW_S

HOSTILE = "order A\n<3>forged\r\x1b[2J\x00\x9b31m 注文"
NAME = "髙橋一郎"
_START = """
import logging, threading
from station.telemetry import logs, limits
from station.telemetry.messages import MessageRefused, StationStarted, Suppressed
from station.telemetry.telling import tell
logs.start_logging("packing-station")
"""


def said_by(program: str, tmp_path: Path, *, journal: bool = False) -> tuple[str, int]:
    """What a program says on standard error, which is systemd's stream or is not; there is no journald behind it."""
    path = tmp_path / "stderr"
    with path.open("wb") as stream:
        named = os.fstat(stream.fileno())
        environment = {"PYTHONIOENCODING": "utf-8", "PYTHONPATH": os.pathsep.join(sys.path)}
        if journal:
            environment["JOURNAL_STREAM"] = f"{named.st_dev}:{named.st_ino}"
        words = [sys.executable, "-c", _START + program]
        status = subprocess.run(words, env=environment, stderr=stream, check=False, timeout=60).returncode
    return path.read_text("utf-8"), status


@pytest.mark.parametrize("journal", [True, False])
def test_a_line_from_outside_stays_one_line_without_control_characters(tmp_path: Path, journal: bool) -> None:
    program = f"logs.SOCKET = None\ntell(MessageRefused('hold', {HOSTILE!r}))"
    if journal:  # where systemd's stream is there and journald's socket is not
        program = f"logs.JournalSocket = lambda: open('/nowhere')\nlogs.start_logging('x')\n{program}"
    said, _ = said_by(program, tmp_path, journal=journal)
    assert said.count("\n") == 1
    assert said.strip().isprintable()
    assert "注文" in said
    assert said.startswith("<4>") is journal


def test_what_a_limit_left_out_is_told_when_the_program_ends(tmp_path: Path) -> None:
    said, _ = said_by("for _ in range(50): tell(MessageRefused('hold', 'why'))", tmp_path)
    assert said.count("refused: hold: why") == 20
    assert said.splitlines()[-1].endswith(
        f"30 more lines of the kind 'message refused' were not written in {WINDOW_S:g} s"
    )


def test_what_a_limit_left_out_is_told_though_nobody_says_anything_more(tmp_path: Path) -> None:
    program = """
import time
limits.WINDOW_S = 0.2
for _ in range(50): tell(MessageRefused('hold', 'why'))
time.sleep(1)
import os; os._exit(0)
"""
    said, _ = said_by(program, tmp_path)
    assert "30 more lines of the kind 'message refused'" in said


@pytest.mark.parametrize(
    "crash",
    [
        "raise ValueError(%r)",
        "thread = threading.Thread(target=lambda: {}[%r]); thread.start(); thread.join()",
        "class Ends:\n    def __del__(self): raise ValueError(%r)\nEnds()",
        "logging.getLogger('escpos').warning('cannot print %%s', %r)",
        "import warnings; warnings.warn(%r)",
        "logging.getLogger('station').warning('%%d', %r)",
    ],
    ids=["in the main thread", "in a thread", "in a destructor", "a library's line", "a warning", "a line gone wrong"],
)
def test_crash_output_holds_no_values(crash: str, tmp_path: Path) -> None:
    said, _ = said_by(crash % NAME, tmp_path)
    assert NAME not in said.replace("thread.start", "")
    assert said.count("\n") == 1
    assert "<string>" in said or "warnings.py" in said


def test_a_line_that_cannot_be_written_stops_nothing_and_tells_no_values(tmp_path: Path) -> None:
    said, status = said_by(f"tell(Suppressed('kind', 1, {NAME!r}))\ntell(MessageRefused('hold', 'why'))", tmp_path)
    assert "<string>:" in said.splitlines()[0]
    assert said.splitlines()[0].endswith("could not be written: ValueError")
    assert "refused: hold: why" in said.splitlines()[1]
    assert NAME not in said
    assert status == 0


def test_a_crash_is_a_line_with_the_places_and_an_exit_status(tmp_path: Path) -> None:
    said, status = said_by(f"def deep(): int({NAME!r})\ndeep()", tmp_path)
    assert "ended by a fault of this program: ValueError at <string>:" in said
    assert " in deep" in said
    assert status == 1
