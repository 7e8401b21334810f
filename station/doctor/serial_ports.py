"""Serial ports: that neither the kernel nor a login talks where a scanner or printer listens."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from station.doctor.examination import Examination
from station.doctor.findings import Fault, Finding, not_here, ok

CONSOLE = Fault(
    "serial-console",
    "{name}: the kernel writes its messages to {port} ({tty})",
    "Take console={tty} (or console=serial0) out of /boot/firmware/cmdline.txt and reboot",
)
LOGIN = Fault(
    "serial-login",
    "{name}: a login waits on {port} ({tty}), and takes its codes",
    "systemctl disable --now serial-getty@{tty}.service",
)


def look(examination: Examination) -> Iterator[Finding]:
    """A line for each port."""
    if not examination.serial_ports:
        yield not_here("no device on a serial port")
    for name, port in examination.serial_ports.items():
        tty = examination.machine.path(port).resolve().name
        found = {"name": name, "port": port, "tty": tty}
        if tty in _consoles(examination):
            yield CONSOLE.found(**found)
        elif _has_login(examination, tty):
            yield LOGIN.found(**found)
        else:
            yield ok(f"{name}: {port}, no console on it")


def _consoles(examination: Examination) -> set[str]:
    active = (examination.machine.read("/sys/class/tty/console/active") or "").split()
    words = (examination.machine.read("/proc/cmdline") or "").split()
    return {*active, *(word[8:].split(",")[0] for word in words if word.startswith("console="))}


def _has_login(examination: Examination, tty: str) -> bool:
    unit = f"serial-getty@{tty}.service"
    folders = ("/etc/systemd/system", "/run/systemd/generator")
    if any(examination.machine.glob(f"{folder}/*.wants/{unit}") for folder in folders):
        return True
    return any(_is_login_on(folder, tty) for folder in examination.machine.processes())


def _is_login_on(folder: Path, tty: str) -> bool:
    with suppress(OSError):
        words = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
        return words[0].endswith("getty") and tty in words
    return False
