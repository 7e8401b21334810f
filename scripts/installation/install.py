"""scripts/install: puts a version on this machine, or upgrades to it. Says each change before it makes it.

Packages, the version's own directory and the configuration come first, beside what runs. Then it waits until no order
is open, stops, puts files and the link to the new version in their places, and starts. A version that does not become
ready, or does not stay so, is taken back by itself.
"""

import argparse
import fcntl
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from installation import bundle, configuration, files, packages, programs, services, upgrade
from installation.changes import Change, Refused, carry_out, say
from installation.machine import ROLES, Installed, Places, Target, current_version, this_machine
from installation.manifest import NAME, Manifest, parse

SOURCE = Path(__file__).resolve().parents[2]
LOCK_FILE = Path("/run/lock/packing-station-install")


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asks for."""

    roles: tuple[str, ...]
    wait_s: float = 900.0
    configuration: Path | None = None
    keys: Path | None = None
    dry_run: bool = False


def main() -> int:
    """Exit status 0: it is installed and well, or nothing had to be done; 1: it is not, and the text says what is."""
    wish = _parse(sys.argv[1:])
    try:
        with exclusive(dry_run=wish.dry_run), _unpacked(wish) as source:
            return install(Places(), source, wish, this_machine())
    except Refused as refused:
        print(f"install: {refused}", file=sys.stderr)
        return 1


def _parse(words: list[str]) -> Wish:
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("scripts/install", description=__doc__, formatter_class=form, allow_abbrev=False)
    add = parser.add_argument
    add("--role", action="append", choices=ROLES, help="station or desk; twice for both; default: as it was installed")
    add("--config", type=Path, metavar="FILE", help="the role's configuration, where none is here yet")
    add(
        "--keys", type=Path, metavar="DIR", help="the role's keys, of scripts/make-broker-keys, where none are here yet"
    )
    add("--wait", type=float, default=900.0, metavar="SECONDS", help="for the open order; default: 900")
    add("--dry-run", action="store_true", help="say every change, make none")
    given = parser.parse_args(words)
    roles = tuple(dict.fromkeys(given.role or Installed.read(Places()).roles))
    if not roles:
        parser.error("a first installation needs --role station or --role desk")
    if len(roles) > 1 and (given.config or given.keys):
        parser.error("--config and --keys are one role's: install one role after the other")
    return Wish(roles, given.wait, given.config, given.keys, given.dry_run)


@contextmanager
def exclusive(*, dry_run: bool) -> Iterator[None]:
    """Two at once would undo each other. Raises Refused for the second, and for anybody but root."""
    if dry_run:
        yield
        return
    if os.geteuid() != 0:
        raise Refused("this changes the machine: run it as root (sudo), or with --dry-run")
    if os.statvfs("/").f_flag & os.ST_RDONLY:
        raise Refused(
            "nobody may write to this machine's root: scripts/prepare-card --writable, reboot, and run it again"
        )
    with LOCK_FILE.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Refused("another installation runs on this machine: wait for it") from error
        yield


@contextmanager
def _unpacked(wish: Wish) -> Iterator[Path]:
    """The bundle that this script stands in; in a checkout one is made first."""
    if (SOURCE / NAME).exists():
        yield SOURCE
    elif not (SOURCE / "pyproject.toml").exists():
        raise Refused("this is a version that is installed: unpack a bundle, and run its scripts/install")
    elif wish.dry_run:
        raise Refused("a dry run needs a bundle (scripts/bundle): what changes depends on what is in it")
    else:
        say("this is a checkout and no bundle: one is made first, from the network")
        with tempfile.TemporaryDirectory(prefix="packing-station-", dir="/var/tmp") as scratch:
            yield bundle.make(SOURCE, Path(scratch), wish.roles)


def install(places: Places, source: Path, wish: Wish, machine: Target) -> int:
    """From an unpacked bundle. Raises Refused where all is as it was, but for what stands beside what runs."""
    before = Installed.read(places)
    installed = Installed(sorted({*before.roles, *wish.roles}), before.files, before.packages)
    manifest = _fitting(source, installed, machine)
    beside = carry_out(_beside(places, source, manifest, wish, installed), dry_run=wish.dry_run)
    # A dry run has no version's directory to look at; the bundle has the same files.
    version = source if wish.dry_run else places.versions / manifest.version
    outside = [*files.placing(places, version, installed.roles, before.files), *programs.linking(places)]
    former = current_version(places)
    if former == manifest.version and not outside and installed.roles == before.roles:
        say(f"version {former} is installed" + ("" if beside else ": nothing to change"))
        return 0
    if wish.dry_run:
        _say_what_follows(places, version, installed, outside, f"{former or 'nothing'} to {manifest.version}")
        return 0
    for role in installed.roles:
        configuration.refuse_unusable(places, version / ".venv/bin/station", role)
    return upgrade.go(places, version, installed, wish.wait_s)


def _fitting(source: Path, installed: Installed, machine: Target) -> Manifest:
    manifest = parse((source / NAME).read_bytes())
    manifest.refuse_another(machine)
    manifest.refuse_damage(source)
    if set(installed.roles) - set(manifest.roles):
        wanted = " ".join(f"--role {role}" for role in installed.roles)
        raise Refused(f"this bundle is for {' and '.join(manifest.roles)}; this machine needs: scripts/bundle {wanted}")
    return manifest


def _beside(places: Places, source: Path, manifest: Manifest, wish: Wish, installed: Installed) -> Iterator[Change]:
    """All that does not touch what runs."""
    lacking = packages.missing(packages.needed(installed.roles))
    installed.packages = sorted({*installed.packages, *lacking})
    yield from packages.installing(lacking, source)
    yield from programs.unpacking(places, source, manifest)
    for role in wish.roles:
        yield from configuration.bringing(places, source, role, wish.configuration, wish.keys)


def _say_what_follows(
    places: Places, version: Path, installed: Installed, outside: list[Change], switched: str
) -> None:
    before = Installed.read(places)
    for role in before.roles:
        say(f"would wait until no order is open, and stop {services.UNITS[role]}, if it runs")
    carry_out(outside, dry_run=True)
    carry_out(files.creating(places, version, installed.roles), dry_run=True)
    say(f"would switch from {switched}")
    for role in installed.roles:
        if role in before.roles:
            say(f"would start {services.UNITS[role]}, if it ran, and go back if it is not well")
        else:
            say(f"would enable {services.UNITS[role]}, and start it once it has its configuration and keys")


if __name__ == "__main__":
    sys.exit(main())
