"""The checks, in the order in which they are made."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from station.config.station import StationConfig
from station.doctor import (
    backups,
    boot,
    broker,
    certificates,
    clock,
    disk,
    gpio,
    memory,
    power,
    printing,
    scanners,
    serial_ports,
    service,
    system,
)
from station.doctor.examination import Examination
from station.doctor.findings import Fault, Finding, Mark, of_check

NO_PERMISSION = Fault("unseen", "this user may not read {file}", "Use sudo", Mark.UNSEEN)
GONE = Fault(
    "gone", "could not be looked at: {reason}", "Try again: it may have been unplugged in this moment", Mark.UNSEEN
)


Role = Literal["station", "desk"]
STATIONS: frozenset[Role] = frozenset({"station"})
DESKS: frozenset[Role] = frozenset({"desk"})


@dataclass(frozen=True, slots=True)
class Check:
    """One subject."""

    name: str
    about: str
    look: Callable[[Examination], Iterable[Finding]]
    of: frozenset[Role] = frozenset({"station", "desk"})
    """Whose machines are examined so."""


CHECKS = (
    Check("config", "the configuration, and the files that it names", service.look_at_configuration),
    Check("service", "the unit, its user, whether the program runs and goes on", service.look),
    Check("versions", "of the program, its packages, the system", service.look_at_versions),
    Check(
        "scanner", "each scanner: there, of its kind, permitted, free or held by the station", scanners.look, STATIONS
    ),
    Check("keymap", "each keyboard scanner's layout", scanners.look_at_keymaps, STATIONS),
    Check("serial", "no console and no login on a device's serial port", serial_ports.look, STATIONS),
    Check("gpio", "the panel's lines: there, permitted, free or held by the station", gpio.look, STATIONS),
    Check("printer", "there, permitted, the model that is configured, ready", printing.look, STATIONS),
    Check("broker", "reached; what the program may say, and what it must not", broker.look),
    Check("certificate", "days left, name, who can read the key", certificates.look),
    Check("clock", "synchronised; by how much it was set since the machine started", clock.look),
    Check("disk", "where the database lies: mount, room, permission", disk.look),
    Check("flush", "the time that a commit waits for the disk", disk.look_at_flushing),
    Check("disk-health", "errors of file system and card, wear", disk.look_at_health),
    Check("backup", "the newest of the hourly copies of the database", backups.look, DESKS),
    Check("power", "undervoltage and heat since power-on, power for USB", power.look),
    Check("boot", "config.txt, cmdline.txt and EEPROM against the configuration", boot.look),
    Check("system", "watchdog, names of devices, drivers, the journal's bounds", system.look),
    Check("memory", "no core files, no swap", memory.look),
)


def examined(examination: Examination, only: Iterable[str] = ()) -> Iterator[Finding]:
    """Every finding, as it is made."""
    wanted = set(only)
    role: Role = "station" if isinstance(examination.config, StationConfig) else "desk"
    for check in CHECKS:
        if (not wanted or check.name in wanted) and role in check.of:
            try:
                for finding in check.look(examination):
                    yield of_check(finding, check.name)
            except PermissionError as error:
                yield of_check(NO_PERMISSION.found(file=error.filename), check.name)
            except OSError as error:  # a device that goes while it is looked at
                yield of_check(GONE.found(reason=error), check.name)
