"""``station replay FILE``: the same decisions, or the first that differs; and files that cannot be replayed."""

import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from station.bench.core import machine
from station.bench.core.turn import Turn
from station.bench.journal import SCHEMA, Journal
from station.bench.replay import Recorded
from station.cli import main
from station.desk.store import Store
from station.protocol.reply import Granted
from tests.bench.test_loop import Station
from tests.bench.test_recording import packs_and_prints, pauses

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    """One that packed an order, was cut off, and packed another."""
    first = Station(tmp_path / "station.db")
    packs_and_prints(first)
    pauses(first)
    first.journal.close()
    second = Station(tmp_path / "station.db")
    packs_and_prints(second)
    pauses(second)
    yield second
    second.journal.close()


def files(path: Path) -> dict[str, bytes]:
    """All files beside a journal, and what they hold; SQLite's index of its log is shared memory, which readers use."""
    return {each.name: each.read_bytes() for each in path.parent.iterdir() if not each.name.endswith("-shm")}


def whole(station: Station) -> Path:
    """A copy of the journal in a folder of its own, in one file."""
    folder = station.path.with_name("copy")
    folder.mkdir()
    with sqlite3.connect(station.path) as old, sqlite3.connect(folder / "station.db") as new:
        old.backup(new)
    old.close()
    new.close()
    return folder / "station.db"


def test_a_journal_in_use_is_replayed_with_a_line_for_each_run_and_is_not_changed(
    station: Station, capsys: Capture
) -> None:
    before = files(station.path)
    assert main(["replay", str(station.path)]) == 0
    told = capsys.readouterr()
    first, second = told.out.splitlines()
    line = r"run {}  1970-01-01T\S+ to 1970-01-01T\S+  {} events, {} decisions: same; under way or cut off"
    assert re.fullmatch(line.format(1, 12, 9), first)
    assert re.fullmatch(line.format(2, 13, 10), second), "one record more is told to a desk that has none"
    assert told.err == ""
    assert files(station.path) == before


def test_a_copy_is_replayed_and_nothing_is_left_beside_it(station: Station) -> None:
    copy = whole(station)
    before = files(copy)
    copy.chmod(0o400)
    copy.parent.chmod(0o500)
    assert main(["replay", str(copy)]) == 0
    copy.parent.chmod(0o700)
    assert files(copy) == before
    recorded = Recorded(copy)
    assert recorded.chapters()
    assert list(copy.parent.iterdir()) == [copy]
    recorded.close()


def test_a_run_that_was_stopped_is_not_said_to_be_cut_off(station: Station, capsys: Capture) -> None:
    station.loop._write(stopped=True)
    assert main(["replay", str(station.path), "--run", "2"]) == 0
    assert capsys.readouterr().out.splitlines()[0].endswith("decisions: same")


def test_a_run_or_a_day_is_chosen(station: Station, capsys: Capture) -> None:
    assert main(["replay", str(station.path), "--run", "2"]) == 0
    assert [line[:5] for line in capsys.readouterr().out.splitlines()] == ["run 2"]
    day = date.fromtimestamp(station.now)
    assert main(["replay", str(station.path), "--day", day.isoformat()]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert main(["replay", str(station.path), "--day", (day + timedelta(days=1)).isoformat()]) == 2
    assert "no such decisions are recorded in it" in capsys.readouterr().err


def test_the_story_has_a_line_for_each_event_and_what_came_of_it(station: Station, capsys: Capture) -> None:
    assert main(["replay", str(station.path), "--run", "1", "--story"]) == 0
    story = capsys.readouterr().out
    (granted,) = [line for line in story.splitlines() if '"type":"granted"' in line]
    assert "-> Printing printing KnowDesk BeginPrint [print begins] SendToPrinter" in granted
    (scanned,) = [line for line in story.splitlines() if "Say(print)" in line]
    assert "Scanned" in scanned


def test_a_rule_that_has_changed_is_found_at_the_first_event_that_it_decides(
    station: Station, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(turn: Turn, reply: Granted) -> None:
        """A core that uses no grant."""

    monkeypatch.setitem(machine._ANSWERS, Granted, never)
    assert main(["replay", str(station.path)]) == 1
    told = capsys.readouterr()
    assert [line.split(": ")[1].split(";")[0] for line in told.out.splitlines()] == ["DIFFERENT", "DIFFERENT"]
    head, *lines = told.err.splitlines()
    assert head.startswith("station: run 1: event 9 of 1970-01-01T")
    assert 'is decided otherwise: Answered {"reply":{"type":"granted"' in head
    assert any(line.startswith('  entries then: [["KnowDesk"') for line in lines)
    assert "  entries now:  []" in lines
    assert '  session then: "Printing"' in lines
    assert '  session now:  "Asking"' in lines


def test_another_version_is_said(station: Station, capsys: Capture) -> None:
    copy = whole(station)
    with sqlite3.connect(copy) as db:
        db.execute("UPDATE chapters SET software = '0.0.9' WHERE id = 1")
    db.close()
    main(["replay", str(copy)])
    assert "decided by version 0.0.9, replayed by " in capsys.readouterr().out


def sql(statement: str) -> Callable[[Path], None]:
    """What damages a journal."""

    def damage(path: Path) -> None:
        with sqlite3.connect(path) as db:
            db.execute(statement)
        db.close()

    return damage


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def a_desks(path: Path) -> None:
    path.unlink()
    Store(path, roster=frozenset(), supervisors=frozenset()).close()
    sql(f"PRAGMA user_version = {SCHEMA.version}")(path)


def an_empty_journal(path: Path) -> None:
    path.unlink()
    Journal(path).close()


DAMAGED: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (os.unlink, "cannot be read: "),
    "a folder": (a_folder, "cannot be read: "),
    "empty": (lambda path: path.write_bytes(b""), "is no SQLite database"),
    "text": (lambda path: path.write_text("station, desk\n" * 99), "is no SQLite database"),
    "truncated": (lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]), "malformed"),
    "only its head": (lambda path: path.write_bytes(path.read_bytes()[:100]), ""),
    "another schema": (sql("PRAGMA user_version = 99"), "has schema 99"),
    "a desk's": (a_desks, "damaged or no journal of a station: no such table"),
    "a journal that recorded nothing": (an_empty_journal, "no such decisions are recorded in it"),
    "another format": (sql("UPDATE chapters SET format = 7"), "recorded in format 7 by version "),
    "a part that is gone": (sql("DELETE FROM recorded WHERE first_event = 0"), "events 0 to "),
    "a part that is no zlib": (sql("UPDATE recorded SET body = x'00112233'"), "cannot be unpacked"),
    "a part that is no bytes": (sql("UPDATE chapters SET beginning = '{'"), "its beginning cannot be read"),
    "a chapter without its state": (
        sql("""UPDATE chapters SET beginning = json_remove(beginning, '$.remembered')"""),
        "event 0 is a start",
    ),
}


@pytest.mark.parametrize("what", DAMAGED)
def test_a_file_that_cannot_be_replayed_is_told_so_in_clear_words(station: Station, what: str, capsys: Capture) -> None:
    damage, named = DAMAGED[what]
    path = whole(station)
    damage(path)
    assert main(["replay", str(path)]) == 2
    told = capsys.readouterr()
    assert named in told.err
    assert all(line.startswith("station: ") for line in told.err.splitlines())
    if path.exists():
        (shutil.rmtree if path.is_dir() else Path.unlink)(path)


def test_an_event_that_was_tampered_with_is_a_difference_or_cannot_be_read_and_never_the_same(
    station: Station, capsys: Capture
) -> None:
    """Bits of a short recording, turned over one at a time."""
    copy = whole(station)
    with sqlite3.connect(copy) as db:
        ((chapter, first, body),) = db.execute(
            "SELECT chapter, first_event, body FROM recorded WHERE chapter = 1 ORDER BY first_event LIMIT 1"
        ).fetchall()
        for place in range(2, len(body) - 8, 7):
            damaged = bytearray(body)
            damaged[place] ^= 4
            db.execute("UPDATE recorded SET body = ? WHERE chapter = ? AND first_event = ?", (damaged, chapter, first))
            db.commit()
            assert main(["replay", str(copy), "--run", "1"]) in (1, 2), place
            assert "Traceback" not in capsys.readouterr().err
    db.close()


def test_a_state_between_two_chapters_that_is_not_the_one_that_was_reached_is_a_difference(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("station.bench.recording.MAX_CHAPTER_EVENTS", 4)
    station = Station(tmp_path / "station.db")
    packs_and_prints(station)
    pauses(station)
    packs_and_prints(station)
    pauses(station)
    station.journal.close()
    sato = sql("UPDATE chapters SET beginning = json_set(beginning, '$.state.others.packer', 'sato') WHERE id = 2")
    sato(station.path)
    assert main(["replay", str(station.path)]) == 1
    told = capsys.readouterr().err
    assert "the state before it" in told
    assert "sato" in told


def test_a_later_part_of_a_run_says_where_it_begins(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("station.bench.recording.MAX_CHAPTER_EVENTS", 4)
    station = Station(tmp_path / "station.db")
    packs_and_prints(station)
    pauses(station)
    packs_and_prints(station)
    pauses(station)
    assert station.journal.forget(0) > 0
    assert main(["replay", str(station.path)]) == 0
    assert "events, from event 23 on, " in capsys.readouterr().out
    station.journal.close()
