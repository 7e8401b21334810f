"""``station restore FILE``: a backup in place of the desk's database, with a new epoch, in one step."""

import argparse
import sys
import time
from pathlib import Path

from station.clock import elapsed_s
from station.config.desk import DeskConfig
from station.config.encryption import keys
from station.config.program import read_program
from station.database.copies import copy_database
from station.database.files import REPLACED, InUse, Lock, former, put_in_place, remove, set_aside
from station.desk.sealing import Seal
from station.desk.store import Store
from station.sqlite import StoreUnusable

REFUSED = 1
LOCK_WAIT_S = 5.0
"""A desk that cannot start holds the lock for moments."""
_NOT_A_JOURNAL = """\
station: a station's journal is not put back: an old one knows neither the labels that came out since nor the holds that
were heard. Start the station without a journal (move {journal} away if it is there): it begins a new one, the desk
tells it what is outstanding, and the packer is asked what came out. An old copy is good to look at: station history,
station replay."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to put back, and where."""
    parser.description = (
        "Checks the backup, begins a new epoch in it, sets the database that there is aside, and puts the backup in "
        "its place. The desk must not be running; then it waits for every station's word before it grants anything."
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("file", type=Path, nargs="?", metavar="FILE", help="a backup; or what was set aside, if whole")
    source.add_argument("--empty", action="store_true", help="there is no backup: begin with nothing, in a new epoch")
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="desk.toml")


def run(arguments: argparse.Namespace) -> int:
    """Put back; raises ConfigError, StoreUnusable."""
    config = read_program(arguments.config)
    if not isinstance(config, DeskConfig):
        print(_NOT_A_JOURNAL.format(journal=config.journal), file=sys.stderr)
        return REFUSED
    with _locked(Path(config.database)):
        epoch, aside = _put_back(config, arguments.file)
    if aside is not None:
        print(f"what was there is set aside: {aside}")
    print(
        f"{config.database}: epoch {epoch}; start the desk. It grants nothing before these stations have said what "
        f"they know: {', '.join(config.stations)} (station resolve --without STATION does without one)"
    )
    return 0


def _locked(database: Path) -> Lock:
    until_s = elapsed_s() + LOCK_WAIT_S
    while True:
        try:
            return Lock(database)
        except InUse:
            if elapsed_s() > until_s:
                raise
            time.sleep(0.1)


def _put_back(config: DeskConfig, backup: Path | None) -> tuple[str, Path | None]:
    """The new epoch, and where the former database is. A power cut leaves the desk one that it starts with, or none."""
    database = Path(config.database)
    made = database.with_name(f".{database.name}.restored")
    _remove_with_copies(made)
    try:
        if backup is not None:
            if not backup.is_file():
                raise StoreUnusable(f"{backup} is not there; name a file that station backup made")
            copy_database(backup, made)
        store = Store(
            made,
            roster=frozenset(config.stations),
            supervisors=frozenset(),
            restored=True,
            seal=Seal.of(keys(config.encryption)),
        )
        epoch = store.desk.epoch
        store.close()
        aside = set_aside(database, REPLACED) if database.exists() else None
        put_in_place(made, database)
    finally:
        _remove_with_copies(made)
    return epoch, aside


def _remove_with_copies(made: Path) -> None:
    for each in (made, *former(made)):
        remove(each)
