"""What the installation sets of the system: the watchdog is fed, devices have names, the journal has bounds."""

from collections.abc import Iterator

from station.config.desk import DeskConfig
from station.doctor.examination import Examination
from station.doctor.findings import Fault, Finding, Mark, ok

NOT_FED = Fault(
    "system-watchdog",
    "nothing feeds the hardware watchdog: a machine that hangs stays so",
    "Run scripts/install: it puts system.conf.d/packing-station-watchdog.conf in place; then reboot",
)
NO_RULES = Fault(
    "system-udev",
    "{name} is configured, and the rules that make this name are not installed",
    "Run scripts/install: it puts 70-packing-station.rules in place and has udev read it",
)
NO_MODULES = Fault(
    "system-modules",
    "drivers of scanners and printers are not loaded at start: the first one plugged in at noon is refused",
    "Run scripts/install: it puts modules-load.d/packing-station.conf in place and loads them",
    Mark.NOTE,
)
NO_BOUNDS = Fault(
    "system-journal",
    "the system's journal has no bound of its own: it may take a tenth of the disk",
    "Run scripts/install: it puts journald.conf.d/packing-station.conf in place",
    Mark.NOTE,
)
FOLDERS = ("/usr/lib", "/usr/local/lib", "/run", "/etc")
"""Of systemd's and udev's settings; scripts/install has its own below /usr/local/lib."""


def look(examination: Examination) -> Iterator[Finding]:
    """A line for each that is missing."""
    found = [*_wrong_at_a_station(examination)] if not isinstance(examination.config, DeskConfig) else []
    if not _settings(examination, "journald", "SystemMaxUse"):
        found.append(NO_BOUNDS.found())
    yield from found or [ok("all that the installation sets is set")]


def _wrong_at_a_station(examination: Examination) -> Iterator[Finding]:
    machine = examination.machine
    state = machine.read("/sys/class/watchdog/watchdog0/state")
    interval = _settings(examination, "system", "RuntimeWatchdogSec")
    if state != "active" and (not interval or interval[-1] in ("0", "off")):
        yield NOT_FED.found()
    named = next((each for each in examination.device_names if each.startswith("/dev/packing/")), None)
    rules = [path for folder in FOLDERS for path in machine.glob(f"{folder}/udev/rules.d/*packing-station.rules")]
    if named is not None and not rules:
        yield NO_RULES.found(name=named)
    if not any(machine.glob(f"{folder}/modules-load.d/packing-station.conf") for folder in FOLDERS):
        yield NO_MODULES.found()


def _settings(examination: Examination, what: str, key: str) -> list[str]:
    """The values of a key of systemd's own configuration, in order."""
    paths = [path for folder in FOLDERS for path in examination.machine.glob(f"{folder}/systemd/{what}.conf.d/*.conf")]
    texts = [examination.machine.read(f"/etc/systemd/{what}.conf") or "", *(path.read_text() for path in paths)]
    return [
        line.partition("=")[2].strip()
        for text in texts
        for line in text.splitlines()
        if line.partition("=")[0].strip() == key
    ]
