"""The program that is examined: its unit, its user, and whether it runs."""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from station.config.desk import DeskConfig
from station.config.station import StationConfig
from station.doctor.machine import Account, Machine
from station.publication import publisher
from station.upkeep.now import Now, read_now

ASK_S = 3.0
FOLDERS = tuple(f"{folder}/systemd/system" for folder in ("/etc", "/run", "/usr/local/lib", "/usr/lib", "/lib"))
CREDENTIAL = "credential:"


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit file with its drop-ins, as far as the doctor needs it."""

    name: str
    settings: Mapping[str, tuple[str, ...]]
    is_installed: bool
    is_enabled: bool

    def last(self, key: str, default: str = "") -> str:
        """The value that counts."""
        return (self.settings.get(key) or (default,))[-1]

    def credentials(self) -> dict[str, str]:
        """Of each systemd credential the file that it is made from."""
        pairs = (value.partition(":") for value in self.settings.get("LoadCredential", ()))
        return {name: path for name, _, path in pairs}


def read_unit(machine: Machine, name: str) -> Unit:
    """As it is installed; without settings where it is not."""
    texts = [text for folder in FOLDERS if (text := machine.read(f"{folder}/{name}.service")) is not None][:1]
    for folder in reversed(FOLDERS):
        texts += [path.read_text() for path in machine.glob(f"{folder}/{name}.service.d/*.conf")] if texts else []
    enabled = machine.glob(f"/etc/systemd/system/*.wants/{name}.service")
    return Unit(name, _settings(texts), bool(texts), bool(enabled))


def _settings(texts: list[str]) -> dict[str, tuple[str, ...]]:
    """Keys to their values; an empty one drops those before it (systemd.unit(5))."""
    found: dict[str, tuple[str, ...]] = {}
    for line in "\n".join(texts).splitlines():
        key, is_setting, value = line.partition("=")
        if is_setting and not line.startswith(("#", ";")):
            found[key.strip()] = (*found.get(key.strip(), ()), value.strip()) if value.strip() else ()
    return found


@dataclass(frozen=True, slots=True)
class Daemon:
    """The program."""

    unit: Unit
    account: Account | None
    """As whom it runs; None where its user does not exist."""
    pid: int | None
    """None where it does not run."""
    now: Now | None
    """What it says of itself; None where it does not say it."""

    @property
    def runs(self) -> bool:
        """Whether it does."""
        return self.pid is not None


def find_daemon(machine: Machine, config: StationConfig | DeskConfig) -> Daemon:
    """By its unit, its socket and its control group."""
    unit = read_unit(machine, "packing-desk" if isinstance(config, DeskConfig) else "packing-station")
    now, pid = (None, None) if config.status_socket is None else _asked(machine.path(config.status_socket))
    return Daemon(unit, _account(machine, unit), pid or _pid_by_unit(machine, unit), now)


def _account(machine: Machine, unit: Unit) -> Account | None:
    if not unit.is_installed:
        return Account("this user", os.geteuid(), frozenset({os.getegid(), *os.getgroups()}))
    groups = tuple(group for value in unit.settings.get("SupplementaryGroups", ()) for group in value.split())
    return machine.account(unit.last("User", "root"), groups)


def _asked(socket: Path) -> tuple[Now | None, int | None]:
    pid = None
    with suppress(OSError, msgspec.DecodeError, StopIteration):
        pid = publisher(socket)
        return next(read_now(socket, silence_s=ASK_S)), pid
    return None, pid


def _pid_by_unit(machine: Machine, unit: Unit) -> int | None:
    for folder in machine.processes():
        with suppress(OSError):
            if (folder / "cgroup").read_text().rstrip().endswith(f"/{unit.name}.service"):
                return int(folder.name)
    return None


def resolved(reference: str, unit: Unit) -> str | None:
    """The file of a secret: of a systemd credential the one that it is made from; None where no unit names it."""
    if not reference.startswith(CREDENTIAL):
        return reference
    return unit.credentials().get(reference.removeprefix(CREDENTIAL))
