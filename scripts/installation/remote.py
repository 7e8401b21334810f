"""A machine of the fleet, through ssh: facts, a bundle brought there, and our own scripts run on it."""

import io
import shlex
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from installation.changes import Refused
from installation.inventory import Entry
from installation.machine import Target, target_of

OPTIONS = ("-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "-o", "ServerAliveInterval=15")
"""Nobody is there to type a password, and a machine that is off must not hold up the others."""
UNITS = ("packing-station.service", "packing-desk.service")
FACTS = (
    "cat /etc/os-release; echo machine=$(dpkg --print-architecture);"
    """ python3 -c 'import sys; print("python=%d.%d" % sys.version_info[:2])'"""
)
STANDING = (
    'readlink /opt/packing-station/current || echo; for unit in {units}; do echo "$unit";'
    " systemctl show $unit --property=LoadState,ActiveState,SubState,NRestarts,StatusText,ActiveEnterTimestamp; done"
)


@dataclass(frozen=True, slots=True)
class Remote:
    """One machine. Every method raises Refused where ssh or the command there fails."""

    entry: Entry
    ssh: tuple[str, ...] = ()

    def run(self, command: str, stdin: bytes | None = None, *, timeout_s: float = 120.0) -> str:
        """A shell command's output there."""
        words = ["ssh", *OPTIONS, *self.ssh, "--", self.entry.address, command]
        try:
            done = subprocess.run(words, input=stdin or b"", capture_output=True, timeout=timeout_s, check=False)
        except subprocess.TimeoutExpired as error:
            raise Refused(f"{self.entry.host}: no answer within {timeout_s:.0f} s") from error
        if done.returncode != 0:
            said = (done.stdout + done.stderr).decode(errors="replace").strip()
            raise Refused(f"{self.entry.host}: {said or f'ssh ended with status {done.returncode}'}")
        return done.stdout.decode(errors="replace")

    def target(self) -> Target:
        """What kind of machine it is."""
        text = self.run(FACTS)
        facts = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
        return target_of(text, facts.get("machine", ""), facts.get("python", ""))

    @contextmanager
    def unpacked(self, archive: Path) -> Iterator[str]:
        """The bundle in a directory there, and configuration and keys of the inventory beside it; gone afterwards."""
        folder = self.run("mktemp -d /var/tmp/packing-station-XXXXXXXX").strip()
        try:
            self.run(f"tar -xz --strip-components=1 -C {folder}", archive.read_bytes(), timeout_s=1800.0)
            if brought := self._brought():
                self.run(f"mkdir -m 700 {folder}-own && tar -x -C {folder}-own", brought)
            yield folder
        finally:
            self.run(f"rm -rf {folder} {folder}-own")

    def install(self, folder: str, *, wait_s: float, dry_run: bool) -> str:
        """`scripts/install` of the bundle there; what it said."""
        roles = [word for role in self.entry.roles for word in ("--role", role)]
        words = [f"{folder}/scripts/install", *roles, "--wait", f"{wait_s:.0f}", *(["--dry-run"] if dry_run else [])]
        if self.entry.config:
            words += ["--config", f"{folder}-own/config"]
        if self.entry.keys:
            words += ["--keys", f"{folder}-own/keys"]
        return self.run(self._as_root(shlex.join(words)), timeout_s=wait_s + 900.0)

    def standing(self) -> str:
        """Which version it has, and how its daemons are: to be read by `parse_standing`."""
        return self.run(STANDING.format(units=" ".join(UNITS)), timeout_s=30.0)

    def _as_root(self, command: str) -> str:
        return f'if [ "$(id -u)" = 0 ]; then {command}; else sudo -n {command}; fi'

    def _brought(self) -> bytes:
        """An archive of ``config`` and ``keys``: through ssh's pipe, never as files for everybody there."""
        brought = {"config": self.entry.config, "keys": self.entry.keys}
        if not any(brought.values()):
            return b""
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as tar:
            for name, path in brought.items():
                if path is not None:
                    tar.add(path, arcname=name)
        return buffer.getvalue()


@dataclass(frozen=True, slots=True)
class Standing:
    """One daemon on a machine, as a line of the table."""

    host: str
    unit: str
    version: str
    state: str
    restarts: str
    since: str
    says: str
    well: bool


def parse_standing(entry: Entry, text: str) -> list[Standing]:
    """From `Remote.standing`: a line for each role of the machine."""
    lines = text.splitlines()
    version, units = (lines[0] if lines else ""), dict.fromkeys(UNITS, "")
    name = ""
    for line in lines[1:]:
        if line in units:
            name = line
        elif name:
            units[name] += line + "\n"
    wanted = [f"packing-{role}.service" for role in entry.roles]
    return [_standing(entry.host, version, unit, units[unit]) for unit in wanted]


def _standing(host: str, version: str, unit: str, shown: str) -> Standing:
    known = dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)
    if not version or known.get("LoadState") != "loaded":
        return Standing(host, unit, version, "not installed", "", "", "", well=False)
    active, sub = known.get("ActiveState", ""), known.get("SubState", "")
    state = active if active == "active" else f"{active} ({sub})"
    since = known.get("ActiveEnterTimestamp", "") if active == "active" else ""
    says = known.get("StatusText", "")
    return Standing(host, unit, version, state, known.get("NRestarts", ""), since, says, well=active == "active")
