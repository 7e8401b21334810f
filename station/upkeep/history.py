"""``station history ORDER``: what a station's journal or the desk's database tells of an order's life."""

import json
import sys
import tomllib
from contextlib import closing
from pathlib import Path

from station.bench import journal as bench
from station.config.desk import DeskConfig
from station.config.reading import ConfigError, read_config
from station.config.station import StationConfig
from station.desk import store as desk
from station.sqlite import open_read_only


def print_history(config: Path, order: str, *, as_json: bool) -> int:
    """Print every line, oldest first. Exit status 1 where nothing is known. Raises ConfigError, StoreUnusable."""
    lines = _desk_lines(config, order) if _is_desk(config) else _station_lines(config, order)
    for line in lines:
        if as_json:
            print(json.dumps(line, ensure_ascii=False))
        else:
            rest = " ".join(f"{key}={value}" for key, value in line.items() if value and key not in ("at", "what"))
            print(f"{line['at']}  {line['what']:<28} {rest}")
    if not lines:
        print(f"nothing is known of order {order} here", file=sys.stderr)
    return 0 if lines else 1


def _is_desk(config: Path) -> bool:
    try:
        return "database" in tomllib.loads(config.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{config}: cannot be read: {error}") from error


def _existing(path: str) -> Path:
    if not Path(path).exists():
        raise ConfigError(f"{path} does not exist: has the program of this configuration ever been started?")
    return Path(path)


def _station_lines(config: Path, order: str) -> list[dict[str, str]]:
    journal = _existing(read_config(config, StationConfig).journal)
    with closing(open_read_only(journal, bench.SCHEMA.version)) as db:
        return [line._asdict() for line in bench.history_in(db, order)]


def _desk_lines(config: Path, order: str) -> list[dict[str, str]]:
    database = _existing(read_config(config, DeskConfig).database)
    with closing(open_read_only(database, desk.SCHEMA.version)) as db:
        return [line._asdict() for line in desk.history_in(db, order)]
