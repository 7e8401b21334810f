"""``station status``: what the station or the desk on this machine does now, once or live."""

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from station.config.desk import DeskConfig
from station.config.program import installed, read_program
from station.config.reading import ConfigError
from station.config.station import StationConfig
from station.protocol.status import DeskStatus, StationStatus
from station.publication import MAX_READERS, publisher
from station.upkeep.now import HANGS_S, Now, StationNow, read_now, silent_s

DESCRIPTION = "What the station or the desk on this machine does now."
EPILOG = (
    "Anybody on the machine may ask: no personal data is said. Exit status 0: it runs; 1: it does not run, or hangs; "
    "78: the configuration cannot be used."
)
NOT_RUNNING = 1
UNKNOWN = "unknown"
LOOK_AGAIN_S = 1.0
UNITS = {StationConfig: "packing-station", DeskConfig: "packing-desk"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whose, and how often."""
    parser.epilog = EPILOG
    parser.add_argument("--config", type=Path, metavar="FILE", help="station.toml or desk.toml")
    parser.add_argument("--watch", action="store_true", help="go on, and show every change until Ctrl-C")
    parser.add_argument("--json", action="store_true", help="one line of JSON, as the program says it")


def run(arguments: argparse.Namespace) -> int:
    """Show it; the exit status. Raises ConfigError."""
    path = arguments.config or installed()
    config = read_program(path)
    if config.status_socket is None:
        default = f'status_socket = "/run/{UNITS[type(config)]}/status"'
        raise ConfigError(f"{path}: the program does not say what it does; add {default} and restart it")
    source = Path(config.status_socket)
    if arguments.watch:
        _watch(source, UNITS[type(config)], as_json=arguments.json)
    try:
        now = next(read_now(source))
    except (OSError, StopIteration, msgspec.DecodeError) as error:
        print(why_not(source, UNITS[type(config)], error), file=sys.stderr)
        return NOT_RUNNING
    print(shown(now, as_json=arguments.json))
    return 0 if silent_s(now) < HANGS_S else NOT_RUNNING


def _watch(source: Path, unit: str, *, as_json: bool) -> None:
    """Every change, until the user has seen enough."""
    last = ""
    while True:
        for text in _texts(source, unit, as_json=as_json):
            if text != last:
                clear = "\x1b[H\x1b[J" if sys.stdout.isatty() and not as_json else ""
                print(f"{clear}{text}", flush=True)
                last = text
        time.sleep(LOOK_AGAIN_S)


def _texts(source: Path, unit: str, *, as_json: bool) -> Iterator[str]:
    """Until it ends, or hangs; last, in words, that it does."""
    try:
        for now in read_now(source):
            still = msgspec.structs.replace(now, at_s=0.0) if as_json else now
            yield shown(still, as_json=as_json)
        yield why_not(source, unit, StopIteration())
    except (OSError, msgspec.DecodeError) as error:
        yield why_not(source, unit, error)


def why_not(source: Path, unit: str, error: Exception) -> str:
    """In words, that there is nothing to show, and what to do."""
    match error:
        case TimeoutError():
            return (
                f"{unit} (process {_process(source)}) has said nothing for {HANGS_S:.0f} s: it hangs, and its watchdog "
                f"starts it again; if not: systemctl restart {unit}"
            )
        case PermissionError():
            return f"{source}: no permission to ask; try it with sudo"
        case msgspec.DecodeError():
            return f"{source}: the program that runs is of another version than this command: systemctl restart {unit}"
        case StopIteration() if (process := _process(source)) != UNKNOWN:
            return f"{unit} (process {process}) runs and hangs up: {MAX_READERS} ask it already; end a --watch"
        case _:
            return (
                f"{unit} is not running: nothing answers at {source}. To start it: systemctl start {unit}. "
                f"Why it ended: journalctl -u {unit} -e"
            )


def _process(source: Path) -> str:
    try:
        return str(publisher(source))
    except OSError:
        return UNKNOWN


def shown(now: Now, *, as_json: bool) -> str:
    """As lines of text, or as JSON."""
    if as_json:
        return msgspec.json.encode(now).decode()
    if isinstance(now, StationNow):
        head, rows = now.status.station, _station_rows(now.status)
    else:
        head, rows = "desk", _desk_rows(now.status)
    if (seconds := silent_s(now)) >= HANGS_S:
        rows.insert(0, ("HANGS", f"it has come to nothing for {seconds:.0f} s; its watchdog starts it again"))
    rows.insert(0, ("broker", "connected" if now.broker else "NO CONNECTION"))
    rows.append(("running", f"since {now.status.since or '?'}, version {now.status.software or '?'}"))
    if now.status.rejected:
        refused = ", ".join(f"{kind} {count}" for kind, count in sorted(now.status.rejected.items()))
        rows.append(("refused", f"messages that were not valid: {refused}"))
    return "\n".join([f"{head}: {now.doing}", *(f"  {name:<9} {text}" for name, text in rows)])


def _station_rows(status: StationStatus) -> list[tuple[str, str]]:
    if status.disk_full:
        return [("disk", "FULL: nothing is printed until there is room")]
    paper = ", paper near its end" if status.paper_near_end else ""
    scanners = ", ".join(f"{name} {'ready' if up else 'DOWN'}" for name, up in status.scanners.items())
    rows = [
        ("ready", "yes" if status.ready else "NO: no order can be packed and printed now"),
        ("desk", "connected" if status.desk else "NOT REACHED"),
        ("printer", f"{status.printer}{paper}"),
        ("scanners", scanners or "none"),
    ]
    if status.damaged_journal:
        rows.append(
            ("journal", f"a new one: the damaged {status.damaged_journal} is kept until somebody takes it away")
        )
    for count, name, text in (
        (status.unsent_records, "records", "not with the desk yet"),
        (status.in_doubt, "in doubt", "labels of which nobody knows whether they came out"),
        (status.not_scanned_back, "on boxes", "labels not scanned on their boxes yet"),
    ):
        if count:
            rows.append((name, f"{count} {text}"))
    return rows


def _desk_rows(status: DeskStatus) -> list[tuple[str, str]]:
    if status.disk_full:
        return [("disk", "FULL: nothing is decided until there is room")]
    if status.database_lost:
        return [("database", "MISSING: nothing is decided until a person has run station restore (docs/data.md)")]
    rows = [("epoch", status.epoch)]
    if status.waits_for:
        rows.append(("waits for", f"{', '.join(status.waits_for)} (station resolve --without NAME does without one)"))
    return rows
