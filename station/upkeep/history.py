"""``station history ORDER``: what a station's journal or the desk's database tells of an order's life."""

import json
import sys
from contextlib import closing
from pathlib import Path

from station.bench import journal as bench
from station.config.desk import DeskConfig
from station.config.program import read_program
from station.desk import store as desk
from station.desk.history import history_in
from station.sqlite import open_read_only
from station.upkeep.databases import database_of


def print_history(config: Path, order: str, *, as_json: bool) -> int:
    """Print every line, oldest first. Exit status 1 where nothing is known. Raises ConfigError, StoreUnusable."""
    lines = _lines(config, order)
    for line in lines:
        if as_json:
            print(json.dumps(line, ensure_ascii=False))
        else:
            rest = " ".join(f"{key}={value}" for key, value in line.items() if value and key not in ("at", "what"))
            print(f"{line['at']}  {line['what']:<28} {rest}")
    if not lines:
        print(f"nothing is known of order {order} here", file=sys.stderr)
    return 0 if lines else 1


def _lines(config: Path, order: str) -> list[dict[str, str]]:
    """The file is only read: it may be in use, and of another user."""
    read = read_program(config)
    of_desk = isinstance(read, DeskConfig)
    version = desk.SCHEMA.version if of_desk else bench.SCHEMA.version
    with closing(open_read_only(database_of(read), version)) as db:
        lines = history_in(db, order) if of_desk else bench.history_in(db, order)
        return [line._asdict() for line in lines]
