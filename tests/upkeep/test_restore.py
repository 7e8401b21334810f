"""``station backup`` and ``station restore``: one step each, and none that can be done wrongly."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from station.bench.journal import Journal
from station.cli import TRY_AGAIN, main
from station.database.files import Lock
from station.desk.store import Store
from station.protocol.outcome import OutcomeKind
from tests.config.test_reading import DESK, STATION
from tests.database.earlier import left
from tests.desk.conftest import greeted
from tests.desk.driver import ORDER, Desk, hold, instruction, running


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """At work, with one order."""
    with running(tmp_path / "desk.db") as at_work:
        at_work.instruct(instruction())
        yield at_work


@pytest.fixture
def desk_toml(tmp_path: Path) -> Path:
    path = tmp_path / "desk.toml"
    path.write_text(DESK.replace("/var/lib/desk.db", str(tmp_path / "desk.db")))
    return path


@pytest.fixture
def station_toml(tmp_path: Path) -> Path:
    path = tmp_path / "station.toml"
    path.write_text(STATION.replace("/var/lib/station.db", str(tmp_path / "station.db")))
    return path


def backed_up(config: Path, to: Path) -> Path:
    assert main(["backup", str(to), "--config", str(config)]) == 0
    return to


def restore(config: Path, *words: str | Path) -> int:
    return main(["restore", *map(str, words), "--config", str(config)])


def test_a_desk_that_was_restored_waits_for_its_stations_in_a_new_epoch_without_a_word_more(
    desk: Desk, desk_toml: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = backed_up(desk_toml, tmp_path / "monday.db")
    epoch = desk.store.desk.epoch
    bench = greeted(desk, "station-1")
    bench.printed(bench.granted())
    desk.stop()
    assert restore(desk_toml, copy) == 0
    told = capsys.readouterr().out
    with running(desk.path) as again:
        assert again.store.desk.epoch != epoch
        assert again.store.desk.epoch in told
        assert again.store.desk.waits_for == {"station-1"}
        assert again.hold(hold()).outcome().outcome is OutcomeKind.UNKNOWN, "a label may have come out"
        waits_until_told = again.store.desk.epoch
    with running(desk.path) as once_more:
        assert once_more.store.desk.epoch == waits_until_told, "a restart begins no other"
    (aside,) = tmp_path.glob("desk.db.replaced-*")
    assert str(aside) in told
    with closing(sqlite3.connect(aside)) as db:
        assert db.execute("SELECT count(*) FROM shipments").fetchone() == (1,), "what was there is kept"


def test_a_restored_desk_says_at_its_start_for_whom_it_waits(desk: Desk, desk_toml: Path, tmp_path: Path) -> None:
    copy = backed_up(desk_toml, tmp_path / "monday.db")
    desk.stop()
    assert restore(desk_toml, copy) == 0
    words = [sys.executable, "-m", "station", "desk", "--config", str(desk_toml)]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            said = next((line for line in process.stderr if "this database is a restored copy" in line), "")
        finally:
            process.kill()
    assert "before these stations have said what they know: station-1" in said


def test_nothing_is_put_back_under_a_desk_that_runs(
    desk: Desk, desk_toml: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = backed_up(desk_toml, tmp_path / "copy.db")
    monkeypatch.setattr("station.upkeep.restore.LOCK_WAIT_S", 0.0)
    with Lock(desk.path):
        assert restore(desk_toml, copy) == TRY_AGAIN
    assert "is in use: its program runs" in capsys.readouterr().err
    assert not list(tmp_path.glob("desk.db.replaced*"))


@pytest.mark.parametrize("content", [b"", b"no database" * 1000, bytes(20_000)])
def test_a_file_that_is_no_backup_changes_nothing(desk_toml: Path, tmp_path: Path, content: bytes) -> None:
    with running(tmp_path / "desk.db"):
        pass
    before = (tmp_path / "desk.db").read_bytes()
    (tmp_path / "copy.db").write_bytes(content)
    assert restore(desk_toml, tmp_path / "copy.db") == TRY_AGAIN
    assert restore(desk_toml, tmp_path / "none.db") == TRY_AGAIN
    assert (tmp_path / "desk.db").read_bytes() == before
    assert {each.name for each in tmp_path.iterdir()} == {"desk.db", "desk.lock", "desk.toml", "copy.db"}


def test_a_stations_journal_does_not_become_a_desks_database(
    desk_toml: Path, station_toml: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = Journal(tmp_path / "station.db")
    journal.begin_boot()
    journal.close()
    copy = backed_up(station_toml, tmp_path / "copy.db")
    assert restore(desk_toml, copy) == TRY_AGAIN
    assert "its tables are others" in capsys.readouterr().err
    assert not (tmp_path / "desk.db").exists()


def test_a_stations_journal_is_never_put_back(
    station_toml: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = Journal(tmp_path / "station.db")
    journal.begin_boot()
    copy = backed_up(station_toml, tmp_path / "copy.db")
    journal.close()
    before = (tmp_path / "station.db").read_bytes()
    assert restore(station_toml, copy) == 1
    assert restore(station_toml, "--empty") == 1
    told = capsys.readouterr().err
    assert "a station's journal is not put back" in told
    assert "it begins a new one" in told
    assert (tmp_path / "station.db").read_bytes() == before


def test_with_no_backup_at_all_the_desk_begins_with_nothing_and_waits_for_its_stations(
    desk_toml: Path, tmp_path: Path
) -> None:
    assert restore(desk_toml, "--empty") == 0
    with running(tmp_path / "desk.db") as desk:
        assert desk.store.desk.waits_for == {"station-1"}
        assert desk.store.order(ORDER) is None


def test_a_backup_of_an_earlier_version_is_brought_forward_and_no_file_stays_behind(
    desk_toml: Path, tmp_path: Path
) -> None:
    copy = left("desk", 3, tmp_path / "old.db")
    assert restore(desk_toml, copy) == 0
    with running(tmp_path / "desk.db") as desk:
        assert desk.store.order("HELD") is not None
    left_behind = {each.name for each in tmp_path.iterdir() if not each.name.startswith("old.db")}
    assert left_behind == {"desk.db", "desk.lock", "desk.toml"}


def test_what_was_set_aside_can_be_put_back_when_it_is_whole(desk_toml: Path, tmp_path: Path) -> None:
    with running(tmp_path / "desk.db") as desk:
        desk.instruct(instruction())
    assert restore(desk_toml, "--empty") == 0
    (aside,) = tmp_path.glob("desk.db.replaced-*")
    assert restore(desk_toml, aside) == 0
    with running(tmp_path / "desk.db") as desk:
        assert desk.store.order(ORDER) is not None


_DIES = """\
import os, sys
import station.upkeep.restore as restore
from station.cli import main
def dies(*_):
    os.kill(os.getpid(), 9)
step = getattr(restore, sys.argv[1])
setattr(restore, sys.argv[1], (lambda *a: (step(*a), dies())) if sys.argv[2] == "after" else dies)
main(["restore", sys.argv[3], "--config", sys.argv[4]])
"""


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", ["set_aside", "put_in_place"])
def test_a_restore_that_is_killed_leaves_the_old_the_new_or_none_and_can_be_said_again(
    desk_toml: Path, tmp_path: Path, step: str, when: str
) -> None:
    path = tmp_path / "desk.db"
    with running(path) as desk:
        desk.instruct(instruction())
        epoch = desk.store.desk.epoch
    copy = backed_up(desk_toml, tmp_path / "copy.db")
    killed = subprocess.run([sys.executable, "-c", _DIES, step, when, copy, desk_toml], check=False)
    assert killed.returncode == -9
    if path.exists():
        with closing(Store(path, roster=frozenset(), supervisors=frozenset())) as store:
            is_new = step == "put_in_place" and when == "after"
            assert (store.desk.epoch != epoch) == is_new
            assert bool(store.desk.waits_for) == is_new
    else:
        assert list(tmp_path.glob("desk.db.replaced-*")), "the desk sees that there was one"
    assert restore(desk_toml, copy) == 0
    with running(path) as desk:
        assert desk.store.desk.waits_for
    assert not list(tmp_path.glob(".desk*"))


@pytest.mark.usefixtures("desk")
def test_a_backup_belongs_to_whom_the_folder_belongs(desk_toml: Path, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("takes root")
    folder = tmp_path / "of-somebody"
    folder.mkdir()
    os.chown(folder, 12345, 12345)
    copy = backed_up(desk_toml, folder / "copy.db")
    assert (copy.stat().st_uid, copy.stat().st_mode & 0o777) == (12345, 0o600)


def test_a_backup_of_nothing_is_refused(desk_toml: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backup", str(tmp_path / "copy.db"), "--config", str(desk_toml)]) != 0
    assert "desk.db does not exist" in capsys.readouterr().err
