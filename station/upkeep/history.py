"""``station history ORDER``: what a station's journal or the desk's database tells of an order's life."""

import json
import sys
from pathlib import Path

from station.bench.journal import Journal
from station.config.desk import DeskConfig
from station.config.program import read_program
from station.config.reading import ConfigError
from station.config.station import StationConfig
from station.desk.store import Store


def print_history(config: Path, order: str, *, as_json: bool) -> int:
    """Print every line, oldest first. Exit status 1 where nothing is known. Raises ConfigError, StoreUnusable."""
    read = read_program(config)
    lines = _desk_lines(read, order) if isinstance(read, DeskConfig) else _station_lines(read, order)
    for line in lines:
        if as_json:
            print(json.dumps(line, ensure_ascii=False))
        else:
            rest = " ".join(f"{key}={value}" for key, value in line.items() if value and key not in ("at", "what"))
            print(f"{line['at']}  {line['what']:<28} {rest}")
    if not lines:
        print(f"nothing is known of order {order} here", file=sys.stderr)
    return 0 if lines else 1


def _existing(path: str) -> Path:
    if not Path(path).exists():
        raise ConfigError(f"{path} does not exist: has the program of this configuration ever been started?")
    return Path(path)


def _station_lines(read: StationConfig, order: str) -> list[dict[str, str]]:
    journal = Journal(_existing(read.journal))
    try:
        return [line._asdict() for line in journal.history(order)]
    finally:
        journal.close()


def _desk_lines(read: DeskConfig, order: str) -> list[dict[str, str]]:
    store = Store(_existing(read.database), roster=frozenset(read.stations), supervisors=frozenset())
    try:
        return [line._asdict() for line in store.history(order)]
    finally:
        store.close()
