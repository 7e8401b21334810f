"""``station backup FILE``: a whole, proven copy of a station's journal or the desk's database, while it is used."""

import argparse
from pathlib import Path

from station.config.program import read_program
from station.database.copies import copy_database
from station.upkeep.databases import database_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to, and of what."""
    parser.description = (
        "Copies by SQLite's online backup, checks the copy, and only then gives it its name: FILE is a whole copy or "
        "what it was. A copy of the desk's database holds names and addresses as the database does."
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="an older copy of this name is replaced")
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="station.toml or desk.toml")


def run(arguments: argparse.Namespace) -> int:
    """Copy; raises ConfigError, StoreUnusable."""
    database = database_of(read_program(arguments.config))
    copy_database(database, arguments.file)
    print(f"{arguments.file}: {arguments.file.stat().st_size} bytes, checked, of {database}")
    return 0
