"""The panel's GPIO lines: the header's chip, and whether each line is free or who has claimed it.

Through the kernel's character device (Linux, include/uapi/linux/gpio.h, version 2): looking claims nothing.
"""

import fcntl
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from station.config.panel import PARTS, Panel
from station.doctor.examination import Examination
from station.doctor.findings import Fault, Finding, Mark, not_here, ok

NO_CHIP = Fault(
    "gpio-no-chip",
    "{chip} is not there",
    "Set chip in [panel] to that of the header (gpioinfo lists them); without a panel take [panel] out",
)
FORBIDDEN = Fault(
    "gpio-forbidden",
    "{user} may not read and write {chip} (group {group})",
    "Install firmware_config/udev, and let the unit have the group gpio",
)
CLAIMED = Fault(
    "gpio-claimed", "{part}: GPIO {pin} is claimed by {consumer}", "Stop that, or take its dtoverlay out of config.txt"
)
BEYOND = Fault("gpio-beyond", "{part}: {chip} has no line {pin}", "Correct [panel]: chip, or the line's number")
NOT_GPIO = Fault("gpio-kind", "{chip} is no GPIO chip ({reason})", "Correct chip in [panel]")
LIBRARY = Fault("gpio-library", "the library {library} is not installed", "scripts/setup station installs it")
UNSEEN = Fault("gpio-unseen", "this user may not open {chip}: its lines were not looked at", "Use sudo", Mark.UNSEEN)

HEADERS = ("pinctrl-bcm2835", "pinctrl-bcm2711", "pinctrl-rp1")
"""What the chip of the header is called on a Pi 3 or Zero 2 W, a 4, a 5."""
OWN = "lg"
"""What lgpio calls itself to the kernel."""

_GET_CHIP = 0x8044B401  # _IOR(0xB4, 1, struct gpiochip_info): name, label, number of lines
_GET_LINE = 0xC100B405  # _IOWR(0xB4, 5, struct gpio_v2_line_info)
_CHIP = struct.Struct("=32s32sI")
_LINE = struct.Struct("=32s32sIIQ160s16x")
_USED = 1


@dataclass(frozen=True, slots=True)
class Chip:
    """A GPIO chip, and who has claimed which of its lines."""

    label: str
    lines: int
    claimed: dict[int, str]


def look(examination: Examination) -> Iterator[Finding]:
    """A line for each part of the panel."""
    panel, machine = examination.station.panel, examination.machine
    if panel is None:
        yield not_here("no [panel]")
        return
    yield from (LIBRARY.found(library=each) for each in ("gpiozero", "lgpio") if find_spec(each) is None)
    nodes = machine.glob("/dev/gpiochip*") if panel.chip is None else [machine.path(f"/dev/gpiochip{panel.chip}")]
    if not nodes or not nodes[0].exists():
        yield NO_CHIP.found(chip="/dev/gpiochip*" if panel.chip is None else f"/dev/{nodes[0].name}")
        return
    try:
        node, chip = _of_header(nodes)
    except PermissionError as error:
        yield UNSEEN.found(chip=f"/dev/{Path(str(error.filename)).name}")
        return
    except OSError as error:
        yield NOT_GPIO.found(chip=f"/dev/{nodes[0].name}", reason=error.strerror)
        return
    account = examination.daemon.account
    if account is not None and not account.may(node, 6):
        yield FORBIDDEN.found(user=account.name, chip=f"/dev/{node.name}", group=machine.group_of(node))
    yield from _lines(panel, node, chip, runs=examination.daemon.runs)


def _of_header(nodes: list[Path]) -> tuple[Path, Chip]:
    """Raises OSError."""
    chips = [(node, read_chip(node)) for node in nodes]
    return next((each for each in chips if each[1].label in HEADERS), chips[0])


def _lines(panel: Panel, node: Path, chip: Chip, *, runs: bool) -> Iterator[Finding]:
    for part in PARTS:
        pin = getattr(panel, part)
        if pin is None:
            continue
        consumer = chip.claimed.get(pin, "")
        if pin >= chip.lines:
            yield BEYOND.found(part=part, chip=f"/dev/{node.name}", pin=pin)
        elif not consumer:
            yield ok(f"{part}: GPIO {pin} of /dev/{node.name}, free")
        elif runs and consumer == OWN:
            yield ok(f"{part}: GPIO {pin} of /dev/{node.name}, held by the station")
        else:
            yield CLAIMED.found(part=part, pin=pin, consumer=consumer)


def read_chip(node: Path) -> Chip:
    """Ask the kernel. Raises OSError."""
    try:
        descriptor = os.open(node, os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY)
        try:
            told = fcntl.ioctl(descriptor, _GET_CHIP, bytes(_CHIP.size))
            _, label, lines = _CHIP.unpack(told)
            requests = [_LINE.pack(b"", b"", number, 0, 0, b"") for number in range(lines)]
            claimed = dict(filter(None, (claim_of(fcntl.ioctl(descriptor, _GET_LINE, each)) for each in requests)))
        finally:
            os.close(descriptor)
    except OSError as error:
        error.filename = str(node)
        raise
    return Chip(label.split(b"\0")[0].decode(), lines, claimed)


def claim_of(told: bytes) -> tuple[int, str] | None:
    """The line's number and who has claimed it; None where it is free."""
    _, consumer, number, _, flags, _ = _LINE.unpack(told)
    return (number, consumer.split(b"\0")[0].decode() or "the kernel") if flags & _USED else None
