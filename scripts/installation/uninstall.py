"""scripts/uninstall: takes off this machine what scripts/install put there; configuration, keys and data stay.

With --purge these go, too, and the users whose they are. Debian packages stay; it says which came with the
installation.
"""

import argparse
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

from installation import files, services
from installation.changes import Change, Refused, carry_out, say
from installation.install import exclusive
from installation.machine import Installed, Places, run


def main() -> int:
    """Exit status 0: it is gone; 1: an order is open, or it could not be done."""
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("scripts/uninstall", description=__doc__, formatter_class=form, allow_abbrev=False)
    parser.add_argument("--purge", action="store_true", help="remove configuration, keys, data and users, too")
    parser.add_argument("--wait", type=float, default=900.0, metavar="SECONDS", help="for the open order; default: 900")
    parser.add_argument("--dry-run", action="store_true", help="say every change, make none")
    given = parser.parse_args()
    try:
        with exclusive(dry_run=given.dry_run):
            return uninstall(Places(), purge=given.purge, wait_s=given.wait, dry_run=given.dry_run)
    except Refused as refused:
        print(f"uninstall: {refused}", file=sys.stderr)
        return 1


def uninstall(places: Places, *, purge: bool, wait_s: float, dry_run: bool) -> int:
    """What is not there is passed over: it may have been begun before."""
    installed = Installed.read(places)
    count = carry_out(_removing(places, installed, wait_s), dry_run=dry_run)
    if purge:
        count += carry_out(purging(places), dry_run=dry_run)
    if not count:
        say("nothing is installed here")
        return 0
    if installed.packages:
        say(f"these Debian packages came with it and stay: {' '.join(installed.packages)}")
    if not purge:
        data = [places.configuration, *(places.data(role) for role in services.UNITS), places.backups]
        say(f"kept: {', '.join(str(path) for path in data if path.exists()) or 'nothing was there'}")
    return 0


def _removing(places: Places, installed: Installed, wait_s: float) -> Iterator[Change]:
    for role in sorted(installed.roles, reverse=True):
        unit = services.UNITS[role]
        if not services.was_stopped(unit):
            yield Change(f"stop {unit}, when no order is open", partial(services.finish_and_stop, role, wait_s))
    there = [name for name in installed.files if (places.root / name).exists()]
    units = tuple(Path(name).name for name in there if "/systemd/system/" in name)
    if units:
        yield Change(f"disable {' '.join(units)}", partial(_disable, units))
    for name in there:
        yield Change(f"remove /{name}", (places.root / name).unlink)
    yield from files.telling(there)
    if places.command.is_symlink():
        yield Change(f"remove {places.command}", places.command.unlink)
    if places.versions.exists():
        yield Change(f"remove {places.versions} and every version in it", partial(shutil.rmtree, places.versions))


def purging(places: Places) -> Iterator[Change]:
    for directory in (places.configuration, *(places.data(role) for role in services.UNITS)):
        if directory.exists():
            yield Change(f"remove {directory} and all that is in it", partial(shutil.rmtree, directory))
    if copies := sorted(places.backups.glob("desk-??.db*")):
        yield Change(f"remove the copies in {places.backups}", partial(_remove_copies, copies))
    for role in services.UNITS:
        user = f"packing-{role}"
        if subprocess.run(["getent", "passwd", user], capture_output=True, check=False).returncode == 0:
            yield Change(f"remove the user {user}", partial(_remove_user, user))


def _remove_copies(copies: list[Path]) -> None:
    """The directory goes with them, unless something is mounted there or lies beside them."""
    for each in copies:
        each.unlink()
    with suppress(OSError):
        copies[0].parent.rmdir()


def _disable(units: tuple[str, ...]) -> None:
    run("systemctl", "disable", "--quiet", "--now", *units)


def _remove_user(user: str) -> None:
    run("userdel", user)


if __name__ == "__main__":
    sys.exit(main())
