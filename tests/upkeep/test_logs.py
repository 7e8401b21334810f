"""Log lines: what came from outside cannot forge another, nor command a terminal."""

import subprocess
import sys

import pytest

HOSTILE = "order A\n<3>forged\r\x1b[2J\x00\x9b31m 注文"
_SAY = f"""
import logging
from station.upkeep.logs import start_logging
start_logging()
logging.warning("refused: %s", {HOSTILE!r})
"""


@pytest.mark.parametrize("journal", [True, False])
def test_a_line_from_outside_stays_one_line_without_control_characters(journal: bool) -> None:
    environment = {"PYTHONIOENCODING": "utf-8"} | ({"JOURNAL_STREAM": "8:1"} if journal else {})
    said = subprocess.run(
        [sys.executable, "-c", _SAY], env=environment, capture_output=True, check=True
    ).stderr.decode()
    assert said.count("\n") == 1
    assert said.strip().isprintable()
    assert "注文" in said
    assert said.startswith("<4>") is journal
