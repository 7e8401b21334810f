"""A healthy machine: a tree of files as a Raspberry Pi 4 has them, with ptys for devices; to be broken."""

import os
import pty
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from station.clock import elapsed_s
from station.config.program import read_program
from station.doctor import checks
from station.doctor.checks import CHECKS, examined
from station.doctor.daemon import find_daemon
from station.doctor.examination import Examination
from station.doctor.findings import Fault, Finding, Mark
from station.doctor.machine import Machine
from station.protocol.status import DeskStatus, StationStatus
from station.upkeep.now import DeskNow, Now, StationNow, Window

REPOSITORY = Path(__file__).parents[2]
HAND = "/dev/input/by-path/hand-event-kbd"
FIXED = "/dev/ttyAMA0"
SERVICE = "/usr/local/lib/systemd/system/packing-station.service"
CONFIG_TXT = "/boot/firmware/config.txt"
CMDLINE = "/boot/firmware/cmdline.txt"
DATA = "/var/lib/packing-station"
PI = {
    "pi3": "Raspberry Pi 3 Model B Plus Rev 1.3",
    "pi02": "Raspberry Pi Zero 2 W Rev 1.0",
    "pi4": "Raspberry Pi 4 Model B Rev 1.5",
    "pi5": "Raspberry Pi 5 Model B Rev 1.0",
}
STATUS = StationStatus(
    station="bench-1", up=True, ready=True, printer="ready", scanners={"hand": True, "fixed": True}, desk=True
)

_STATION = """\
station = "bench-1"
journal = "/var/lib/packing-station/station.db"
{socket}

[site]
name = "osaka"

[broker]
host = "localhost"
port = {port}
tls = {{ ca = "credential:broker-ca.crt", certificate = "credential:client.crt", key = "credential:client.key" }}

[printer]
{printer}

[[scanners]]
kind = "hid"
name = "hand"
device = "{hand}"
layout = "jp"

[[scanners]]
kind = "serial"
name = "fixed"
port = "{fixed}"

[panel]
red = 17
amber = 27
green = 22
buzzer = 23
cancel_button = 24
supervisor_key = 25
shutdown_button = 3
"""
_DIGITS = " ".join(["0"] * 3 + [f"{sum(1 << key for key in range(2, 12)):x}"])


class Tree:
    """The machine, and its program's configuration."""

    def __init__(self, folder: Path) -> None:
        """Healthy, with the station stopped."""
        self.folder = folder
        self.root = folder / "machine"
        self.config = folder / "station.toml"
        self.socket = ""
        self.printer = 'connection = "tcp"\nhost = "127.0.0.1"\nport = 1'
        self.port = 1
        self.own_text = ""
        self._ptys: list[int] = []
        self._make_system()
        self._make_kernel()
        self._make_boot()
        self.make_device(FIXED)
        self.make_device(HAND)
        self.say_digits(HAND, _DIGITS)
        self.make_device("/dev/gpiochip0")

    def close(self) -> None:
        """Give the ptys back."""
        for descriptor in self._ptys:
            os.close(descriptor)

    # What is there.

    def path(self, absolute: str) -> Path:
        return self.root / absolute.lstrip("/")

    def write(self, absolute: str, text: str) -> Path:
        path = self.path(absolute)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def replace(self, absolute: str, old: str, new: str) -> None:
        text = self.path(absolute).read_text()
        assert old in text
        self.write(absolute, text.replace(old, new))

    def remove(self, absolute: str) -> None:
        self.path(absolute).unlink()

    def make_device(self, absolute: str) -> int:
        """A pty in its place; the other end's descriptor."""
        theirs, ours = pty.openpty()
        path = self.path(absolute)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.symlink_to(os.ttyname(ours))
        os.close(ours)
        self._ptys.append(theirs)
        return theirs

    def say_digits(self, device: str, bits: str) -> None:
        """What sysfs tells of the keys of an input device."""
        number = self.path(device).stat().st_rdev
        self.write(f"/sys/dev/char/{os.major(number)}:{os.minor(number)}/device/capabilities/key", bits)

    def show_process(self, pid: int) -> None:
        """A real process in the machine's /proc."""
        self.path(f"/proc/{pid}").symlink_to(f"/proc/{pid}")

    def program(self, name: str, script: str) -> None:
        """A program of the machine."""
        self.write(f"/usr/bin/{name}", f"#!/bin/sh\n{script}\n").chmod(0o755)

    def be_somebody_else(self) -> None:
        """The unit's user is one who owns nothing here."""
        self.write("/etc/passwd", "packing-station:x:54321:54321::/:/bin/false\n")

    def _make_system(self) -> None:
        self.write("/etc/passwd", f"packing-station:x:{os.geteuid()}:{os.getegid()}::/:/bin/false\n")
        self.write("/etc/group", "input:x:104:\ndialout:x:20:\nlp:x:7:\ngpio:x:997:\n")
        self.write("/etc/os-release", 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\n')
        self.write(SERVICE, (REPOSITORY / "systemd/packing-station.service").read_text())
        for name in ("system", "journald"):
            source = next((REPOSITORY / f"systemd/{name}.conf.d").iterdir())
            self.write(f"/usr/local/lib/systemd/{name}.conf.d/packing-station.conf", source.read_text())
        self.write("/etc/systemd/system/sysinit.target.wants/systemd-timesyncd.service", "")
        self.write("/run/systemd/timesync/synchronized", "")
        self.write("/usr/local/lib/modules-load.d/packing-station.conf", "usblp\n")
        self.write("/usr/local/lib/udev/rules.d/70-packing-station.rules", "")
        self.path(DATA).mkdir(parents=True)

    def _make_kernel(self) -> None:
        number = self.path(DATA).stat().st_dev
        self.device = f"{os.major(number)}:{os.minor(number)}"
        self.mount("rw,noatime", "ext4", "rw")
        disk = self.path("/sys/devices/mmc0/block/mmcblk0")
        self.write("/sys/devices/mmc0/block/mmcblk0/mmcblk0p2/partition", "2")
        self.write("/sys/fs/ext4/mmcblk0p2/errors_count", "0\n")
        self.path(f"/sys/dev/block/{self.device}").parent.mkdir(parents=True, exist_ok=True)
        self.path(f"/sys/dev/block/{self.device}").symlink_to(disk / "mmcblk0p2")
        self.write("/sys/class/tty/console/active", "tty1\n")
        self.write("/sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory pids\n")
        self.write("/sys/devices/platform/soc/soc:firmware/get_throttled", "0\n")
        self.write("/proc/cmdline", "console=tty1 root=/dev/mmcblk0p2 fsck.repair=yes\n")
        self.write("/proc/swaps", "Filename\tType\tSize\tUsed\tPriority\n")
        self.write("/proc/sys/kernel/osrelease", "6.12.47+rpt-rpi-v8\n")

    def mount(self, options: str, kind: str, more: str) -> None:
        """How the data partition is mounted."""
        self.write("/proc/self/mountinfo", f"36 25 {self.device} / {DATA} {options} shared:1 - {kind} /dev/x {more}\n")

    def _make_boot(self) -> None:
        self.be_a("pi4")
        self.write(CONFIG_TXT, (REPOSITORY / "firmware_config/raspberry-pi/config.txt").read_text())
        self.write(CMDLINE, "console=tty1 root=PARTUUID=1 rootfstype=ext4 cgroup_enable=memory\n")

    def be_a(self, model: str) -> None:
        """Which Raspberry Pi."""
        self.write("/proc/device-tree/model", PI.get(model, model) + "\0")

    def supply(self, offered: int, usb: int) -> None:
        """What a Pi 5 agreed on with its supply."""
        for name, number in (("max_current", offered), ("usb_max_current_enable", usb)):
            path = self.write(f"/proc/device-tree/chosen/power/{name}", "")
            path.write_bytes(struct.pack(">I", number))

    # What is found.

    def examine(self, *only: str) -> list[Finding]:
        """What the doctor finds."""
        text = _STATION.format(socket=self.socket, port=self.port, printer=self.printer, hand=HAND, fixed=FIXED)
        self.config.write_text(self.own_text or text)
        config, machine = read_program(self.config), Machine(self.root)
        return list(examined(Examination(machine, config, find_daemon(machine, config)), only))

    def faults(self, *only: str) -> list[Fault]:
        """What is not well."""
        findings = self.examine(*only)
        assert findings
        return [BY_NAME[finding.name] for finding in findings if finding.name]

    def said(self, check: str) -> str:
        """The lines of a check."""
        return "\n".join(map(str, self.examine(check)))

    def change(self, old: str, new: str) -> None:
        """The configuration."""
        text = self.own_text or _STATION.format(
            socket=self.socket, port=self.port, printer=self.printer, hand=HAND, fixed=FIXED
        )
        assert old in text
        self.own_text = text.replace(old, new)

    @contextmanager
    def running(self, now: Now | None = None) -> Iterator[Window]:
        """A program that says that it runs; it is this process."""
        self.path("/run").mkdir(exist_ok=True)
        window = Window(str(self.path("/run/status")))
        window.start()
        window.show(now or StationNow(at_s=elapsed_s(), doing="idle: scan a slip", broker=True, status=STATUS))
        socket = 'status_socket = "/run/status"'
        self.socket = socket
        if self.own_text and socket not in self.own_text:
            self.own_text = f"{socket}\n{self.own_text}"
        try:
            yield window
        finally:
            window.close()


def modules() -> list[ModuleType]:
    """Those that have checks."""
    import sys

    found = dict.fromkeys(check.look.__module__ for check in CHECKS)
    return [*(sys.modules[name] for name in found), checks]


def faults_of(module: ModuleType) -> dict[str, Fault]:
    """The faults that a module can find, by the names of its constants."""
    return {name: value for name, value in vars(module).items() if isinstance(value, Fault)}


BY_NAME = {fault.name: fault for module in modules() for fault in faults_of(module).values()}
DESK_NOW = DeskNow(at_s=0.0, doing="deciding", broker=True, status=DeskStatus(up=True))
__all__ = ["BY_NAME", "DESK_NOW", "Mark", "Tree", "faults_of", "modules"]
