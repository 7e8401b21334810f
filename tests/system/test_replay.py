"""Real stations, killed at random moments: what each decided is decided again alike, and its files name no customer."""

import random
import sqlite3
import subprocess
import zlib
from pathlib import Path

import pytest

from station.protocol.instruction import Instruction
from tests.system.bench import Bench
from tests.system.faults import Fault, Faults
from tests.system.processes import STATION
from tests.system.shift import ORDERS_AHEAD, Shift
from tests.system.warehouse import Warehouse

SEED = random.SystemRandom().randrange(1 << 32)
KILLS = 8


def replayed(bench: Bench, *words: str) -> subprocess.CompletedProcess[str]:
    """The command, on the journal as it is."""
    command = (*STATION, "replay", str(bench.journal), *words)
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def in_plain(bench: Bench) -> bytes:
    """The bytes of the journal's files, freed pages and log too, and what is packed in them."""
    files = b"".join(each.read_bytes() for each in bench.journal.parent.glob("journal.db*"))
    with sqlite3.connect(bench.journal) as db:
        for (chapter,) in db.execute("SELECT id FROM chapters").fetchall():
            sql = "SELECT body FROM recorded WHERE chapter = ? ORDER BY first_event"
            files += zlib.decompressobj().decompress(b"".join(body for (body,) in db.execute(sql, (chapter,))))
    db.close()
    return files


def personal(instruction: Instruction) -> list[str]:
    """What stands on the label of whom it goes to, and what people wrote."""
    to = instruction.ship_to
    return [to.name, to.phone, *to.lines, *(note.text for note in instruction.packer_notes)]


@pytest.fixture
def after_kills(short_folder: Path) -> list[Bench]:
    """Benches that packed on while stations, desk and broker were killed. Ended."""
    with Shift(Warehouse(short_folder, 2), SEED) as shift:
        faults = Faults(shift.warehouse, random.Random(SEED), shift.customers.meddle)
        faults.strike({Fault.STATION: KILLS, Fault.DESK: 1, Fault.BROKER: 1}, lambda: shift.stock(ORDERS_AHEAD))
        benches = shift.warehouse.benches
        for bench in benches:
            in_use = replayed(bench)
            assert (in_use.returncode, in_use.stderr) == (0, "")
        shift.work_off()
        assert shift.judged() == []
        for text in {text for each in shift.customers.instructions.values() for text in personal(each)}:
            for bench in benches:
                assert text.encode() not in in_plain(bench)
    return benches


def test_what_a_killed_station_decided_is_decided_again_alike(after_kills: list[Bench]) -> None:
    stories = [replayed(bench, "--story") for bench in after_kills]
    assert [(story.returncode, story.stderr) for story in stories] == [(0, "")] * len(stories)
    runs = [line for story in stories for line in story.stdout.splitlines() if line.startswith("run ")]
    assert KILLS // 2 < len(runs) <= KILLS + len(after_kills), "a kill may come before a run has begun"
    assert sum("cut off" in run for run in runs) == len(runs) - len(after_kills), "all but the last of each bench"
    assert all(" decisions: same" in run for run in runs)
    labels = [line for story in stories for line in story.stdout.splitlines() if "SendToPrinter" in line]
    assert labels
