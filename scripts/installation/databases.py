"""A daemon's database over an upgrade: what allows to go back when the new version has already changed its form."""

import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from installation.changes import say
from installation.machine import Places

ASIDE = "before-upgrade"
_PARTS = ("", "-wal", "-shm")


@dataclass(frozen=True, slots=True)
class Kept:
    """Copies of the databases of a role, taken while its daemon is stopped. They hold what the databases hold: removed
    as soon as the new version is well."""

    data: Path
    schemas: dict[str, int]
    """By file name, as each was."""

    def changed(self) -> list[str]:
        """The databases that have another form now."""
        return [name for name, schema in self.schemas.items() if _schema(self.data / name) != schema]

    def put_back(self) -> None:
        """As they were. Only for a version that never was ready: it has printed nothing and answered nothing."""
        for name in self.schemas:
            for part in _PARTS:
                (self.data / (name + part)).unlink(missing_ok=True)
            _copy(self.data / ASIDE / name, self.data / name)
        _sync(self.data)

    def remove(self) -> None:
        """The copies."""
        shutil.rmtree(self.data / ASIDE, ignore_errors=True)


def keep(places: Places, role: str) -> Kept:
    """Copy the databases of a role, whose daemon is stopped. One that cannot be copied is said, and goes without."""
    data = places.data(role)
    kept = Kept(data, {})
    kept.remove()
    for file in sorted(data.glob("*.db")):
        (data / ASIDE).mkdir(mode=0o700, exist_ok=True)
        try:
            with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(data / ASIDE / file.name)) as copy:
                source.backup(copy)
            _own_as(file, data / ASIDE / file.name)
        except (sqlite3.Error, OSError) as error:
            say(f"{file} cannot be copied ({error}): should this version fail, it is not put back")
        else:
            kept.schemas[file.name] = _schema(file)
    return kept


def _schema(file: Path) -> int:
    """Negative where it cannot be read any more: no form of ours."""
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as opened:
            return int(opened.execute("PRAGMA user_version").fetchone()[0])
    except sqlite3.Error:
        return -1


def _copy(source: Path, to: Path) -> None:
    shutil.copyfile(source, to)
    _own_as(source, to)
    with to.open("rb") as written:
        os.fsync(written.fileno())


def _own_as(model: Path, file: Path) -> None:
    """Root makes the file, and the daemon's user has to write it."""
    owner = model.stat()
    os.chown(file, owner.st_uid, owner.st_gid)
    file.chmod(0o600)


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    os.fsync(descriptor)
    os.close(descriptor)
