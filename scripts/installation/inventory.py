"""The machines of one or several sites, in one TOML file: who they are, what for, in which order they are upgraded."""

import re
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from installation.changes import Refused
from installation.machine import ROLES

HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:_-]*")
"""What ssh takes for a host, and never for an option."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One machine."""

    host: str
    roles: tuple[str, ...]
    wave: int = 1
    """Those of a wave are upgraded together, after all earlier waves are well."""
    user: str = ""
    """As ssh logs in; it may use sudo without a password, unless it is root. Empty: ssh's own choice."""
    config: Path | None = None
    """Brought where the machine has none."""
    keys: Path | None = None

    @property
    def address(self) -> str:
        """As ssh takes it."""
        return f"{self.user}@{self.host}" if self.user else self.host


@dataclass(frozen=True, slots=True)
class Inventory:
    """The file."""

    machines: tuple[Entry, ...]
    ssh: tuple[str, ...] = ()
    """More options for ssh, as `-F FILE`."""

    def waves(self) -> list[tuple[int, list[Entry]]]:
        """By their numbers."""
        numbers = sorted({machine.wave for machine in self.machines})
        return [(number, [machine for machine in self.machines if machine.wave == number]) for number in numbers]


def read(file: Path) -> Inventory:
    """Raises Refused, with the place in the file, for what it does not know."""
    try:
        found = tomllib.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise Refused(f"the inventory {file} cannot be read: {error}") from error
    unknown = sorted(found.keys() - {"defaults", "machines", "ssh"})
    if unknown:
        raise Refused(f"{file}: unknown: {', '.join(unknown)}; it has ssh, [defaults] and [[machines]]")
    tables = [{**found.get("defaults", {}), **machine} for machine in found.get("machines", [])]
    machines = tuple(_entry(file, place, table) for place, table in enumerate(tables, start=1))
    if not machines:
        raise Refused(f"{file} names no machine: write a table [[machines]] for each")
    hosts = [machine.host for machine in machines]
    if doubled := sorted({host for host in hosts if hosts.count(host) > 1}):
        raise Refused(f"{file}: named more than once: {', '.join(doubled)}")
    ssh = found.get("ssh", [])
    if not isinstance(ssh, list) or not all(isinstance(word, str) for word in ssh):
        raise Refused(f"{file}: ssh is a list of texts, the options of ssh")
    return Inventory(machines, tuple(ssh))


def _entry(file: Path, place: int, table: dict[str, Any]) -> Entry:
    where = f"{file}, machine {place}"
    known = {field.name for field in fields(Entry)} - {"roles"} | {"role"}
    if unknown := sorted(table.keys() - known):
        raise Refused(f"{where}: unknown: {', '.join(unknown)}; a machine has {', '.join(sorted(known))}")
    roles = table.get("role")
    roles = (roles,) if isinstance(roles, str) else tuple(roles or ())
    if not roles or set(roles) - set(ROLES):
        raise Refused(f'{where}: role is "station", "desk", or both in a list')
    texts = {name: _text(where, name, table.get(name, "")) for name in ("host", "user", "config", "keys")}
    for name in ("host", "user"):
        if (texts[name] or name == "host") and not HOST.fullmatch(texts[name]):
            raise Refused(f"{where}: {name} {texts[name]!r} is none")
    wave = table.get("wave", 1)
    if not isinstance(wave, int) or isinstance(wave, bool) or wave < 1:
        raise Refused(f"{where}: wave is a number from 1")
    beside = {name: _beside(where, name, file, texts[name]) for name in ("config", "keys")}
    if len(roles) > 1 and any(beside.values()):
        raise Refused(f"{where}: config and keys are one role's; put them on a machine with two roles by hand")
    return Entry(texts["host"], roles, wave, texts["user"], beside["config"], beside["keys"])


def _text(where: str, name: str, found: object) -> str:
    if not isinstance(found, str):
        raise Refused(f"{where}: {name} is a text")
    return found


def _beside(where: str, name: str, file: Path, text: str) -> Path | None:
    """A path as the inventory has it, relative to the inventory."""
    path = file.parent / text
    if text and not path.exists():
        raise Refused(f"{where}: {name}: {path} is not there")
    return path if text else None
