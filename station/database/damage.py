"""Whether a database is damaged, found out before a program decides anything by it."""

import sqlite3
from contextlib import closing
from pathlib import Path

from station.database.copies import in_one_line
from station.database.files import former
from station.sqlite import Damaged, StoreUnusable, connected, is_damage

WHOLE_BYTES = 64 << 20
"""Up to this size a database is checked whole: one second on a memory card that reads 60 MB/s. Of a larger one the
tables that every start reads; damage elsewhere is found when it is met."""


def check(path: Path, tables: tuple[str, ...], remedy: str) -> None:
    """Raises Damaged, with ``remedy``. A file that is not there is not damaged. The database's program is not running.

    https://www.sqlite.org/pragma.html#pragma_quick_check
    """
    if not path.exists():
        return
    checks = ("quick_check(3)",) if path.stat().st_size <= WHOLE_BYTES else tuple(f"quick_check({t})" for t in tables)
    with closing(connected(path, remedy)) as db:
        try:
            found = [row[0] for each in checks for row in db.execute(f"PRAGMA {each}") if row[0] != "ok"]
        except (sqlite3.Error, StoreUnusable) as error:
            if is_damage(error) and not isinstance(error, Damaged):
                raise Damaged(f"the database {path} cannot be used: {error}; {remedy}") from error
            raise
    if found:
        raise Damaged(f"the database {path} is damaged: {in_one_line(found)}; {remedy}")


def missing(path: Path) -> str:
    """In words, that a database is not there though there was one; empty where it is, or where there never was one."""
    if path.exists() or not (others := former(path)):
        return ""
    names = ", ".join(each.name for each in others[-5:])
    return (
        f"the database {path} is missing, and was there: beside it lie {names}; put back a backup with station restore "
        "FILE, or begin with nothing with station restore --empty (docs/data.md)"
    )
