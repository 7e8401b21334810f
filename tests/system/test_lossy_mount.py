"""What SQLite has committed survives a power cut, and would not where it or the file system does not flush.

The last two are the check that tests on such a disk can fail.
"""

import random
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.system import lossy_mount
from tests.system.lossy_disk import Loss
from tests.system.lossy_mount import LossyMount
from tests.system.processes import wait_for

pytestmark = pytest.mark.skipif(bool(lossy_mount.missing()), reason=lossy_mount.missing())

COMMITS = 200
_WRITER = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("PRAGMA journal_mode=WAL")
db.execute("PRAGMA synchronous=" + sys.argv[2])
db.execute("CREATE TABLE kept (number INTEGER PRIMARY KEY, filling BLOB)")
number = 0
while True:
    number += 1
    db.execute("INSERT INTO kept VALUES (?, randomblob(300))", (number,))
    print(number, flush=True)
"""


def _lost(folder: Path, synchronous: str, options: str, loss: Loss) -> str:
    """What of the commits that a program was told of is not there after a power cut; empty where all is there."""
    mount = LossyMount(folder, options=options)
    said = folder.with_suffix(".said")
    try:
        mount.mount()
        with said.open("wb") as out:
            writer = subprocess.Popen((sys.executable, "-c", _WRITER, str(folder / "a.db"), synchronous), stdout=out)
        wait_for("it has committed", lambda: said.read_text().count("\n") >= COMMITS, 60)
        mount.power_cut(loss, random.Random(1), aimed_s=1)
        writer.kill()
        writer.wait()
        told = int(said.read_text().rpartition("\n")[0].rpartition("\n")[2])
        mount.unmount()
        mount.mount()
        return "; ".join(lossy_mount.damage(folder)) or _missing(folder / "a.db", told)
    finally:
        mount.close()


def _missing(database: Path, told: int) -> str:
    with closing(sqlite3.connect(database)) as db:
        try:
            found = db.execute("SELECT count(*) FROM kept").fetchone()[0]
        except sqlite3.Error as error:
            return str(error)
    return f"{told - found} of {told}" if found < told else ""


@pytest.mark.parametrize("loss", Loss)
def test_what_is_committed_with_full_synchronisation_survives(short_folder: Path, loss: Loss) -> None:
    assert not _lost(short_folder / "disk", "FULL", "defaults", loss)


@pytest.mark.parametrize(
    ("synchronous", "options"),
    [("OFF", "defaults"), pytest.param("NORMAL", "defaults", marks=pytest.mark.full), ("FULL", "barrier=0")],
)
def test_it_would_not_where_somebody_does_not_flush(short_folder: Path, synchronous: str, options: str) -> None:
    assert _lost(short_folder / "disk", synchronous, options, Loss.DROP)


def test_a_torn_superblock_is_repaired_before_the_mount(short_folder: Path) -> None:
    mount = LossyMount(short_folder / "disk")
    second_sector = 1024 + 512
    with (short_folder / "disk.ext4").open("r+b") as image:
        image.seek(second_sector)
        image.write(b"\xff" * 64)
    try:
        mount.mount()
        assert mount.repaired == 1
    finally:
        mount.close()
