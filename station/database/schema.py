"""Schemas, and how a database of an earlier one is brought forward: all the way in one transaction, or not at all."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from station.database.copies import copy_database
from station.database.files import SCHEMA, beside, put_in_place, remove, unfinished
from station.sqlite import Damaged, Database, StoreUnusable, connected, is_damage
from station.telemetry.databases import MigrationBegun, MigrationDone
from station.telemetry.telling import tell

OTHER_VERSION = "install the version that wrote it, or put back a backup of this one (docs/data.md)"
Columns = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Schema:
    """Of one kind of database: ``schema.sql`` of a package, and the steps to it in ``migrations/from-<n>.sql``."""

    package: str
    version: int
    """As ``PRAGMA user_version`` has it."""
    oldest: int
    """From which there are steps."""

    @property
    def sql(self) -> str:
        """What makes an empty database."""
        return files(self.package).joinpath("schema.sql").read_text("utf-8")

    def step(self, version: int) -> str:
        """What makes the next version of this one."""
        return files(self.package).joinpath("migrations").joinpath(f"from-{version}.sql").read_text("utf-8")


def open_database(path: Path, schema: Schema, remedy: str) -> Database:
    """Open, create, or bring forward; see ``connected``.

    What an earlier schema holds is copied to a file beside it first. Raises Damaged, with ``remedy``; StoreUnusable for
    a file that is not writable, and for one of a later schema, or of one that there are no steps from.
    """
    if not path.exists():
        _create(path, schema, remedy)
    db = connected(path, remedy)
    try:
        found = version_of(db)
        if found == 0:
            raise Damaged(f"the database {path} cannot be used: it is empty, which it never was; {remedy}")
        if found != schema.version:
            _bring_forward(db, schema, found)
        check_columns(db, schema, path)
    except BaseException as error:
        db.close()
        if is_damage(error) and not isinstance(error, Damaged):
            raise Damaged(f"the database {path} cannot be used: {error}; {remedy}") from error
        raise
    return db


def version_of(db: sqlite3.Connection) -> int:
    """Of the schema that a database has; 0: none yet."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def refusal(path: Path, found: int, schema: Schema) -> str:
    """Why a database of this version cannot be brought to the schema; empty where it can."""
    if found > schema.version:
        return f"the database {path} has schema {found}, this program knows {schema.version}: {OTHER_VERSION}"
    if found < schema.oldest:
        return (
            f"the database {path} has schema {found}, this program can bring forward {schema.oldest} and later: "
            f"{OTHER_VERSION}"
        )
    return ""


def check_columns(db: sqlite3.Connection, schema: Schema, path: Path) -> None:
    """Raises StoreUnusable where the tables are not those of the schema: another program's, or a trial version's."""
    expected, found = columns_of(schema), _columns(db)
    if expected != found:
        tables = ", ".join(sorted({table for table, _ in expected ^ found}))
        raise StoreUnusable(
            f"the database {path} says that it has schema {schema.version}, and its tables are others: {tables}; "
            f"{OTHER_VERSION}"
        )


@cache
def columns_of(schema: Schema) -> Columns:
    """Every table, with its columns in their order."""
    db = sqlite3.connect(":memory:")
    try:
        db.executescript(schema.sql)
        return _columns(db)
    finally:
        db.close()


def _columns(db: sqlite3.Connection) -> Columns:
    rows = db.execute(
        "SELECT m.name, group_concat(c.name) FROM sqlite_schema AS m, pragma_table_info(m.name) AS c "
        "WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' GROUP BY m.name"
    )
    return frozenset(rows.fetchall())


def _create(path: Path, schema: Schema, remedy: str) -> None:
    """Whole before it has its name: a file of that name without a schema is one that was emptied."""
    made = unfinished(path)
    try:
        remove(made)
        with closing(connected(made, remedy, path)) as db:
            try:
                db.executescript(f"BEGIN IMMEDIATE; {schema.sql} PRAGMA user_version = {schema.version}; COMMIT;")
            except sqlite3.Error as error:
                raise db.meaning(error) from error
        put_in_place(made, path)
    except OSError as error:
        raise StoreUnusable(f"the database {path} cannot be made: {error.strerror}; {remedy}") from error


def _bring_forward(db: Database, schema: Schema, found: int) -> None:
    path = db.path
    if reason := refusal(path, found, schema):
        raise StoreUnusable(reason)
    kept = beside(path, f"{SCHEMA}{found}")
    copy_database(path, kept)
    tell(MigrationBegun(str(path), found, schema.version, str(kept)))
    steps = "".join(schema.step(version) for version in range(found, schema.version))
    try:
        db.executescript(f"BEGIN IMMEDIATE; {steps} PRAGMA user_version = {schema.version};")
        check_columns(db, schema, path)
        db.execute("COMMIT")
    except (sqlite3.Error, StoreUnusable) as error:
        if db.in_transaction:
            db.execute("ROLLBACK")
        if isinstance(error, sqlite3.Error) and db.meaning(error) is not error:
            raise db.meaning(error) from error
        raise StoreUnusable(
            f"the database {path} of schema {found} cannot be brought forward to {schema.version}, and is as it was: "
            f"{error}; {OTHER_VERSION}"
        ) from error
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    tell(MigrationDone(str(path), schema.version))
