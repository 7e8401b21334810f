"""Databases of earlier versions are brought forward with all that they know; those of later ones are left alone."""

import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from station.bench.journal import SCHEMA as JOURNAL
from station.bench.journal import Journal
from station.bench.replay import Recorded
from station.database.schema import columns_of, version_of
from station.desk.store import SCHEMA as DESK
from station.desk.store import Store
from station.protocol.outcome import OutcomeKind
from station.protocol.reply import Granted, Opened
from station.protocol.request import GrantReference, Open, Print
from station.sqlite import Damaged, StoreUnusable
from tests.bench.test_loop import Station
from tests.database.earlier import left, version_in
from tests.desk.driver import Bench, Desk, hold, running

NOBODY = frozenset[str]()
EARLIER = [(kind, version) for kind, schema in (("desk", DESK), ("journal", JOURNAL)) for version in (2, 3)]
SCHEMAS = {"desk": DESK, "journal": JOURNAL}


def opened(kind: str, path: Path) -> None:
    """As the program does at its start."""
    if kind == "desk":
        Store(path, roster=NOBODY, supervisors=NOBODY).close()
    else:
        journal = Journal(path)
        journal.begin_boot()
        journal.close()


def made_of(path: Path) -> set[tuple[str, ...]]:
    """Tables and indexes, as SQLite has them, without comments and white space."""
    with closing(sqlite3.connect(path)) as db:
        rows = db.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema").fetchall()
    return {(kind, name, table, _bare(sql or "")) for kind, name, table, sql in rows}


def _bare(sql: str) -> str:
    lines = (line.split("--")[0] for line in sql.splitlines())
    return "".join("".join(lines).replace('"', "").split())


@pytest.mark.parametrize(("kind", "version"), EARLIER)
def test_what_is_brought_forward_is_made_as_what_is_new(kind: str, version: int, tmp_path: Path) -> None:
    earlier, new = left(kind, version, tmp_path / "earlier.db"), tmp_path / "new.db"
    opened(kind, earlier)
    opened(kind, new)
    assert made_of(earlier) == made_of(new)
    assert version_in(earlier) == SCHEMAS[kind].version


def grant_of(desk: Desk, name: str) -> GrantReference:
    """That stands, or is in doubt."""
    order = desk.store.order(name)
    assert order is not None
    (outstanding,) = order.outstanding
    return outstanding.grant


@pytest.mark.parametrize("version", [2, 3])
def test_a_desk_goes_on_with_every_order_of_an_earlier_version(version: int, tmp_path: Path) -> None:
    with running(left("desk", version, tmp_path / "desk.db")) as desk:
        first, second = Bench(desk, "station-1", journal="j-1", sequence=1), Bench(desk, "station-2", journal="j-2")
        first.number = 4
        first.greet()
        first.printed(grant_of(desk, "GRANTED"))
        doubtful = grant_of(desk, "DOUBT")
        second.sequence = 1
        second.reboot(doubtful)
        second.no_label(doubtful)
        assert desk.hold(hold("h-9"), order="GRANTED", name="h-9").outcome("hold-h-9", "GRANTED").outcome in (
            OutcomeKind.RECALLING,
            OutcomeKind.TOO_LATE,
        )
        assert desk.hold(hold(), order="HELD").outcome(order="HELD").outcome is OutcomeKind.STOPPED
        said = desk.hold(hold("h-3"), order="SHIPPED", name="h-3").outcome("hold-h-3", "SHIPPED").outcome
        assert said in (OutcomeKind.TOO_LATE, OutcomeKind.RECALLING)
        assert desk.store.order_of_label("400012345670") == "SHIPPED"
        order = second.say(second.step(Open, slip="NS-FREE"))
        assert isinstance(order, Opened)
        assert order.instruction is not None, "with its personal data"
        granted = second.say(second.step(Print, order="FREE", revision=2))
        assert isinstance(granted, Granted)
        assert len(desk.shipments()) == 2
        assert desk.store.history("SHIPPED")[-1].what != ""


@pytest.mark.parametrize("version", [2, 3])
def test_an_earlier_desks_content_of_a_number_is_remembered(version: int, tmp_path: Path) -> None:
    with running(left("desk", version, tmp_path / "desk.db")) as desk:
        orders = [desk.store.order(name) for name in ("SHIPPED", "GRANTED", "DOUBT")]
    contents = {order.order: dict(order.granted_contents) for order in orders if order is not None}
    assert contents == {"SHIPPED": {1: "52f5"}, "GRANTED": {1: "1b76"}, "DOUBT": {1: "515b"}}


@pytest.mark.parametrize("version", [2, 3])
def test_a_station_goes_on_with_what_an_earlier_version_left(version: int, tmp_path: Path) -> None:
    station = Station(left("journal", version, tmp_path / "station.db"))
    assert [record.grant.order for record in station.loop.bench.outbox] == ["A-1001", "BEGUN"]
    assert station.journal.hold("HELD", "h-1") is not None
    assert len(station.journal.history("A-1001")) > 3
    station.connects()
    assert not station.loop.bench.outbox, "the desk has heard of all"
    station.journal.close()


def test_what_an_earlier_version_recorded_can_still_be_read(tmp_path: Path) -> None:
    path = left("journal", 3, tmp_path / "station.db")
    opened("journal", path)
    recorded = Recorded(path)
    (chapter,) = recorded.chapters()
    assert len(list(recorded.lines(chapter))) > 3
    recorded.close()


@pytest.mark.parametrize(("kind", "version"), EARLIER)
def test_what_was_there_is_kept_beside_whole_and_for_its_owner_only(kind: str, version: int, tmp_path: Path) -> None:
    path = left(kind, version, tmp_path / "some.db")
    with closing(sqlite3.connect(path)) as db:
        before = list(db.iterdump())
    opened(kind, path)
    kept = tmp_path / f"some.db.schema-{version}"
    with closing(sqlite3.connect(kept)) as db:
        assert version_of(db) == version
        assert list(db.iterdump()) == before
    assert kept.stat().st_mode & 0o777 == 0o600
    assert {each.name for each in tmp_path.iterdir()} == {"some.db", kept.name}


@pytest.mark.parametrize("kind", SCHEMAS)
def test_a_later_schema_is_refused_with_both_versions_and_the_remedy_and_not_touched(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "some.db"
    opened(kind, path)
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 99")
    before = path.read_bytes()
    with pytest.raises(StoreUnusable, match=rf"{path} has schema 99, this program knows {SCHEMAS[kind].version}: inst"):
        opened(kind, path)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["some.db"]


def test_one_that_is_older_than_all_steps_is_refused(tmp_path: Path) -> None:
    path = left("desk", 2, tmp_path / "desk.db")
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 1")
    with pytest.raises(StoreUnusable, match="has schema 1, this program can bring forward 2 and later"):
        opened("desk", path)


def test_another_programs_database_is_refused_by_its_tables(tmp_path: Path) -> None:
    path = tmp_path / "station.db"
    opened("journal", path)
    with pytest.raises(StoreUnusable, match=r"says that it has schema 4, and its tables are others: age|audit"):
        opened("desk", path)


def test_a_step_that_does_not_fit_leaves_the_database_as_it_was(tmp_path: Path) -> None:
    path = left("desk", 3, tmp_path / "desk.db")
    with closing(sqlite3.connect(path)) as db:
        db.execute("DROP TABLE shipments")
        db.commit()
        before = list(db.iterdump())
    with pytest.raises(StoreUnusable, match="cannot be brought forward to 4, and is as it was: no such table: shipmen"):
        opened("desk", path)
    with closing(sqlite3.connect(path)) as db:
        assert version_of(db) == 3
        assert list(db.iterdump()) == before


def test_a_step_that_makes_other_tables_than_the_schema_is_not_committed(tmp_path: Path) -> None:
    path = left("desk", 3, tmp_path / "desk.db")
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE strange (id INTEGER)")
        db.commit()
    with pytest.raises(StoreUnusable, match="tables are others: strange"):
        opened("desk", path)
    assert version_in(path) == 3


def test_without_room_for_the_copy_nothing_is_brought_forward(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = left("desk", 3, tmp_path / "desk.db")
    monkeypatch.setattr("station.database.copies.ROOM_BYTES", 1 << 60)
    with pytest.raises(StoreUnusable, match=r"there is no room for a copy of .*desk\.db"):
        opened("desk", path)
    assert version_in(path) == 3


def test_an_emptied_file_is_not_taken_for_a_new_database(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    for content in (b"", bytes(8192)):
        path.write_bytes(content)
        with pytest.raises(Damaged):
            opened("desk", path)


def test_every_step_that_is_promised_is_there() -> None:
    for schema in SCHEMAS.values():
        for version in range(schema.oldest, schema.version):
            assert schema.step(version).strip()
        assert columns_of(schema)


_DIES = """\
import os, sys
from pathlib import Path
import station.database.schema as schema
from station.desk.store import Store
def dies(*_, **__):
    os.kill(os.getpid(), 9)
where = sys.argv[2]
if where == "before the commit":
    schema.check_columns = dies
elif where == "after the copy":
    copy = schema.copy_database
    schema.copy_database = lambda *paths: (copy(*paths), dies())
elif where == "after the commit":
    execute = schema.Database.execute
    def executes(self, sql, *rest):
        done = execute(self, sql, *rest)
        if sql == "COMMIT":
            dies()
        return done
    schema.Database.execute = executes
print("begins", flush=True)
Store(Path(sys.argv[1]), roster=frozenset(), supervisors=frozenset())
print("ended", flush=True)
"""


def _dies(path: Path, where: str, after_s: float | None = None) -> None:
    """A process that brings a desk's database forward and is killed: at a place, or after a time."""
    with subprocess.Popen([sys.executable, "-c", _DIES, str(path), where], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        if after_s is not None:
            time.sleep(after_s)
            process.kill()
    if after_s is None:
        assert process.returncode == -signal.SIGKILL


@pytest.mark.parametrize(
    ("where", "version"), [("after the copy", 3), ("before the commit", 3), ("after the commit", DESK.version)]
)
def test_a_migration_that_is_killed_leaves_the_old_or_the_new(where: str, version: int, tmp_path: Path) -> None:
    path = left("desk", 3, tmp_path / "desk.db")
    _dies(path, where)
    assert version_in(path) == version
    store = Store(path, roster=NOBODY, supervisors=NOBODY)
    assert [store.order(name) is not None for name in ("SHIPPED", "GRANTED", "DOUBT", "HELD", "FREE")] == [True] * 5
    store.close()
    assert version_in(path) == DESK.version
    assert {each.name for each in tmp_path.iterdir()} == {"desk.db", "desk.db.schema-3"}


def test_a_large_migration_killed_at_any_moment_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    seed = random.randrange(1 << 32)
    chances, found = random.Random(seed), set()
    original = left("desk", 3, tmp_path / "original.db")
    with closing(sqlite3.connect(original)) as db:
        db.executescript(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) "
            "INSERT INTO orders SELECT 'N' || i, NULL, NULL, NULL, NULL, NULL, '[]', NULL, '{}', 0, 0 FROM n;"
        )
    for turn in range(5):
        path = tmp_path / f"{turn}.db"
        path.write_bytes(original.read_bytes())
        _dies(path, "anywhere", chances.uniform(0.0, 0.4))
        found.add(version_in(path))
        store = Store(path, roster=NOBODY, supervisors=NOBODY)
        assert store.order("N20000") is not None, f"seed {seed}"
        store.close()
        assert version_in(path) == DESK.version
    assert found <= {3, DESK.version}, f"seed {seed}"
