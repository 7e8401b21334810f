"""The program: its configuration's files, its unit and user, whether it runs, and as which version."""

from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, requires, version
from platform import python_version

from station.config.check import check_label
from station.config.reading import ConfigError
from station.doctor.examination import Examination
from station.doctor.findings import Fault, Finding, Mark, ok
from station.upkeep.now import HANGS_S, silent_s

LABEL = Fault("config-label", "[label] cannot be used: {reason}", "Correct [label] (docs/labels.md)")
NO_UNIT = Fault(
    "service-no-unit", "{unit}.service is not installed", "docs/set-up.md has the commands that install it", Mark.NOTE
)
NO_USER = Fault("service-no-user", "the unit's user {user} does not exist", "systemd-sysusers (docs/set-up.md, step 3)")
STOPPED = Fault(
    "service-stopped",
    "{unit} is enabled, and does not run",
    "systemctl start {unit}; journalctl -u {unit} -e says why it ended",
)
IDLE = Fault("service-not-started", "{unit} does not run", "systemctl enable --now {unit}", Mark.NOTE)
HANGS = Fault("service-hangs", "{unit} ({pid}) has come to nothing for {seconds} s", "systemctl restart {unit}")
DISK_FULL = Fault("service-waits", "{unit} ({pid}) waits: {doing}", "Make room on that disk; it goes on by itself")
SILENT = Fault(
    "service-silent",
    "{unit} ({pid}) runs, and does not say what it does",
    'Set status_socket = "/run/{unit}/status" and restart it',
    Mark.NOTE,
)
OLD = Fault(
    "version-old", "version {running} runs, {installed} is installed", "systemctl restart {unit}, between two orders"
)
PACKAGES = Fault(
    "version-packages", "other packages than this version names: {packages}", "scripts/setup installs them"
)


def look_at_configuration(examination: Examination) -> Iterator[Finding]:
    """That it is valid is known by now; the files that it names."""
    label = examination.config.label
    try:
        if label is not None:
            check_label(label)
    except ConfigError as error:
        yield LABEL.found(reason=error)
    else:
        yield ok("every key is known, and the files that it names can be used")


def look(examination: Examination) -> Iterator[Finding]:
    """Whether it runs."""
    daemon, now = examination.daemon, examination.daemon.now
    unit = daemon.unit.name
    if not daemon.unit.is_installed:
        yield NO_UNIT.found(unit=unit)
    elif daemon.account is None:
        yield NO_USER.found(user=daemon.unit.last("User", "root"))
    if not daemon.runs:
        yield (STOPPED if daemon.unit.is_enabled else IDLE).found(unit=unit)
    elif now is None:
        yield SILENT.found(unit=unit, pid=daemon.pid)
    elif silent_s(now) >= HANGS_S:
        yield HANGS.found(unit=unit, pid=daemon.pid, seconds=round(silent_s(now)))
    elif now.status.disk_full:
        yield DISK_FULL.found(unit=unit, pid=daemon.pid, doing=now.doing)
    else:
        yield ok(f"{unit} ({daemon.pid}) runs since {now.status.since}: {now.doing}")


def look_at_versions(examination: Examination) -> Iterator[Finding]:
    """Of the program, its packages and the system."""
    machine, now = examination.machine, examination.daemon.now
    installed = version("packing-station")
    if now is not None and now.status.software not in ("", installed):
        yield OLD.found(running=now.status.software, installed=installed, unit=examination.daemon.unit.name)
    if others := other_packages():
        yield PACKAGES.found(packages=", ".join(others))
    system = _named(machine.read("/etc/os-release") or "", "PRETTY_NAME")
    kernel = (machine.read("/proc/sys/kernel/osrelease") or "").strip()
    model = machine.read("/proc/device-tree/model")
    said = (f"packing-station {installed}", f"Python {python_version()}", system, kernel and f"Linux {kernel}", model)
    yield ok(", ".join(filter(None, said)))


def other_packages() -> list[str]:
    """Those that are installed in another version than packing-station names."""
    found = []
    for each in requires("packing-station") or []:
        pin, _, marker = each.partition(";")
        name, _, wanted = pin.strip().partition("==")
        with suppress(PackageNotFoundError):  # of an extra, which not every machine has
            if wanted and "test" not in marker and version(name) != wanted:
                found.append(f"{name} {version(name)} for {wanted}")
    return found


def _named(text: str, key: str) -> str:
    for line in text.splitlines():
        if line.startswith(f"{key}="):
            return line.partition("=")[2].strip('"')
    return ""
