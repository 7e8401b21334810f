"""What a machine is: the facts by which a bundle fits it, and where things stand on it."""

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from installation.changes import Refused

RELEASES = ("12", "13")
"""Of Debian, and of Raspberry Pi OS, which counts alike and is called raspbian or debian."""
ROLES = ("station", "desk")


@dataclass(frozen=True, slots=True)
class Target:
    """What compiled packages depend on."""

    debian: str
    architecture: str
    python: str

    def __str__(self) -> str:
        return f"Debian {self.debian}, {self.architecture}, Python {self.python}"


def target_of(os_release: str, architecture: str, python: str) -> Target:
    """From the text of /etc/os-release. Raises Refused for a system that is not supported."""
    fields = dict(line.split("=", 1) for line in os_release.splitlines() if "=" in line)
    system, release = (fields.get(key, "").strip('"') for key in ("ID", "VERSION_ID"))
    if system not in ("debian", "raspbian") or release not in RELEASES:
        raise Refused(f"this is {system or 'unknown'} {release}; Debian or Raspberry Pi OS 12 or 13 is needed")
    return Target(release, architecture, python)


def this_machine() -> Target:
    """The machine that this runs on."""
    architecture = run("dpkg", "--print-architecture").strip()
    python = "{}.{}".format(*sys.version_info[:2])
    return target_of(Path("/etc/os-release").read_text(), architecture, python)


@dataclass(frozen=True, slots=True)
class Places:
    """Where things stand; another root than / in tests."""

    root: Path = Path("/")

    @property
    def versions(self) -> Path:
        """One directory for each version."""
        return self.root / "opt/packing-station"

    @property
    def current(self) -> Path:
        """The link to the version that runs."""
        return self.versions / "current"

    @property
    def command(self) -> Path:
        """The program's name for people."""
        return self.root / "usr/local/bin/station"

    @property
    def configuration(self) -> Path:
        """Configuration and keys."""
        return self.root / "etc/packing-station"

    @property
    def backups(self) -> Path:
        """Copies of the desk's database; another disk may be mounted there."""
        return self.root / "var/backups/packing-desk"

    def data(self, role: str) -> Path:
        """The databases of a role."""
        return self.root / "var/lib" / f"packing-{role}"


@dataclass(slots=True)
class Installed:
    """What was done here before: what an upgrade keeps, and an uninstallation undoes."""

    roles: list[str]
    files: list[str]
    """Ours, outside of the versions' directories."""
    packages: list[str]
    """Debian's, that were not here before."""

    @staticmethod
    def read(places: Places) -> "Installed":
        """Empty where nothing was."""
        file = places.versions / "installed.json"
        return Installed(**json.loads(file.read_text())) if file.exists() else Installed([], [], [])

    def write(self, places: Places) -> None:
        """Whole, or not at all."""
        places.versions.mkdir(parents=True, exist_ok=True)
        scratch = places.versions / "installed.json.new"
        scratch.write_text(json.dumps(asdict(self), indent=1) + "\n")
        scratch.replace(places.versions / "installed.json")


def current_version(places: Places) -> str:
    """The name of the version that runs; empty where there is none."""
    return places.current.readlink().name if places.current.is_symlink() else ""


def switch_to(places: Places, version: str) -> None:
    """The program's paths lead to this version from now on, without a moment in between."""
    scratch = places.versions / "current.new"
    scratch.unlink(missing_ok=True)
    scratch.symlink_to(version)
    scratch.replace(places.current)


def is_active(unit: str) -> bool:
    """Whether systemd has it up."""
    return subprocess.run(["systemctl", "is-active", "--quiet", unit], capture_output=True, check=False).returncode == 0


def run(*command: str | Path, env: dict[str, str] | None = None) -> str:
    """A command's output. Raises Refused with what it said where it fails."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, env=env)
    except FileNotFoundError as error:
        raise Refused(f"the command {words[0]} is missing here: install the Debian package that has it") from error
    if done.returncode != 0:
        raise Refused(f"{' '.join(words)} failed (status {done.returncode}):\n{(done.stdout + done.stderr).strip()}")
    return done.stdout
