"""scripts/fleet: the machines of one inventory file, over ssh: install, upgrade in waves, and how all of them are.

    scripts/fleet status  --inventory FILE
    scripts/fleet install --inventory FILE --bundle ARCHIVE...     machines that have nothing yet
    scripts/fleet upgrade --inventory FILE --bundle ARCHIVE...     wave after wave; stops at the first that fails

Of the archives (scripts/bundle) each machine gets the one that fits it. ssh logs in without a password, as root or as a
user whose sudo asks for none. A machine that fails has gone back to its former version by itself (scripts/install).
"""

import argparse
import json
import sys
import tarfile
import unicodedata
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TypeVar

from installation import inventory
from installation.changes import Refused, say
from installation.inventory import Entry, Inventory
from installation.machine import Target
from installation.manifest import NAME, Manifest, parse
from installation.remote import Remote, Standing, parse_standing

Found = TypeVar("Found")
AT_ONCE = 8
COLUMNS = ("host", "unit", "version", "state", "restarts", "since", "says")


def main() -> int:
    """Exit status 0: all is well; 1: a machine is not, or was not reached."""
    given = _arguments()
    try:
        machines = _chosen(inventory.read(given.inventory), given.only or [])
        if given.action == "status":
            return status(machines, as_json=given.json)
        archives = [_archive(path) for path in given.bundle]
        return roll_out(machines, archives, first=given.action == "install", wait_s=given.wait, dry_run=given.dry_run)
    except Refused as refused:
        print(f"fleet: {refused}", file=sys.stderr)
        return 1


def _arguments() -> argparse.Namespace:
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("scripts/fleet", description=__doc__, formatter_class=form, allow_abbrev=False)
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for action in ("status", "install", "upgrade"):
        add = actions.add_parser(action, allow_abbrev=False).add_argument
        add("--inventory", type=Path, required=True, metavar="FILE")
        add("--only", action="append", metavar="HOST", help="of all machines; may be given again")
        if action == "status":
            add("--json", action="store_true", help="one JSON object a line")
            continue
        add("--bundle", type=Path, action="append", required=True, metavar="ARCHIVE", help="may be given again")
        add("--wait", type=float, default=900.0, metavar="SECONDS", help="for an open order; default: 900")
        add("--dry-run", action="store_true", help="every machine says what would change; none is changed")
    return parser.parse_args()


def _chosen(everything: Inventory, only: list[str]) -> Inventory:
    if strangers := sorted(set(only) - {machine.host for machine in everything.machines}):
        raise Refused(f"not in the inventory: {', '.join(strangers)}")
    chosen = tuple(machine for machine in everything.machines if not only or machine.host in only)
    return replace(everything, machines=chosen)


# --- How all of them are ---------------------------------------------------------------------------


def status(machines: Inventory, *, as_json: bool) -> int:
    """A line for each daemon; exit status 1 where one is not up."""

    def look(machine: Entry) -> list[Standing]:
        try:
            return parse_standing(machine, Remote(machine, machines.ssh).standing())
        except Refused as refused:
            reason = str(refused).partition(": ")[2].splitlines()[-1]
            return [Standing(machine.host, "", "", "not reached", "", "", reason, well=False)]

    rows = [row for found in _at_once(look, machines.machines) for row in found]
    if as_json:
        for row in rows:
            say(json.dumps(asdict(row), ensure_ascii=False))
    else:
        say(table([COLUMNS, *(tuple(str(getattr(row, column)) for column in COLUMNS) for row in rows)]))
    return 0 if all(row.well for row in rows) else 1


def table(rows: list[tuple[str, ...]]) -> str:
    """In columns. A Japanese letter is as wide as two others."""
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)) for row in rows
    )
    return "\n".join(line.rstrip() for line in lines)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


# --- Install and upgrade ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Archive:
    """A bundle, and what it says of itself."""

    path: Path
    manifest: Manifest


def _archive(path: Path) -> Archive:
    try:
        with tarfile.open(path) as tar:
            member = next(entry for entry in tar if entry.name.count("/") == 1 and entry.name.endswith(f"/{NAME}"))
            opened = tar.extractfile(member)
            return Archive(path, parse(opened.read() if opened else b""))
    except (OSError, tarfile.TarError, StopIteration) as error:
        raise Refused(f"{path} is no bundle of scripts/bundle: {error}") from error


def fitting(archives: list[Archive], machine: Entry, target: Target) -> Archive:
    """The archive for a machine. Raises Refused where there is none."""
    for archive in archives:
        if archive.manifest.target == target and set(machine.roles) <= set(archive.manifest.roles):
            return archive
    raise Refused(f"{machine.host}: no bundle is for a {' and '.join(machine.roles)} on {target}")


def roll_out(machines: Inventory, archives: list[Archive], *, first: bool, wait_s: float, dry_run: bool) -> int:
    """Wave after wave; exit status 1, and no further wave, where a machine of one fails."""
    waves = machines.waves()
    for place, (number, wave) in enumerate(waves, start=1):
        say(f"wave {number}: {', '.join(machine.host for machine in wave)}")

        def upgrade(machine: Entry) -> str:
            try:
                return _upgrade(Remote(machine, machines.ssh), archives, first=first, wait_s=wait_s, dry_run=dry_run)
            except Refused as refused:
                return f"FAILED: {refused}"

        outcomes = list(zip(wave, _at_once(upgrade, wave), strict=True))
        for machine, outcome in outcomes:
            say("\n".join(f"{machine.host}: {line}" for line in outcome.splitlines()))
        if failed := [machine.host for machine, outcome in outcomes if outcome.startswith("FAILED")]:
            later = [machine.host for _, after in waves[place:] for machine in after]
            say(
                f"wave {number} failed at {', '.join(failed)}; untouched: {', '.join(later) or 'none, it was the last'}"
            )
            return 1
    return 0


def _upgrade(remote: Remote, archives: list[Archive], *, first: bool, wait_s: float, dry_run: bool) -> str:
    archive = fitting(archives, remote.entry, remote.target())
    if not first and any(row.state == "not installed" for row in parse_standing(remote.entry, remote.standing())):
        raise Refused(f"{remote.entry.host}: nothing is installed there yet: scripts/fleet install")
    with remote.unpacked(archive.path) as folder:
        return remote.install(folder, wait_s=wait_s, dry_run=dry_run)


def _at_once(ask: Callable[[Entry], Found], machines: Iterable[Entry]) -> list[Found]:
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(ask, machines))


if __name__ == "__main__":
    sys.exit(main())
