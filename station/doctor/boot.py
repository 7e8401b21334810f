"""A Raspberry Pi's boot settings against station.toml: lamps dark while it boots, the scanner's port, the watchdog."""

from collections.abc import Iterator
from pathlib import Path

from station.config.panel import PARTS, Panel
from station.doctor.boot_files import BootConfig, Line, consoles, filters_of, read_boot_config
from station.doctor.examination import Examination
from station.doctor.findings import Fault, Finding, Mark, not_here, ok

NO_FILE = Fault(
    "boot-no-file",
    "{file} is not there",
    "Mount the boot partition; where the machine boots otherwise, see to it by hand",
)
UNSEEN = Fault("boot-unseen", "this user may not read {file}", "Use sudo", Mark.UNSEEN)
LIT = Fault(
    "boot-lit",
    "{part}: GPIO {pin} is not off from power-on: config.txt leaves it {found}",
    "Add gpio={pin}=op,{level} to /boot/firmware/config.txt, under [all], and reboot",
)
LIT_BEFORE = Fault(
    "boot-lit-before",
    "{part}: GPIO {pin} is pulled {way} until the firmware sets it: it is on for seconds at every power-on",
    "Wire it to one of GPIO {pins}, and change config.txt and [panel]",
)
FLOATS = Fault(
    "boot-floats",
    "{part}: GPIO {pin} is not an input with pull-{way} from power-on: config.txt leaves it {found}",
    "Add gpio={pin}=ip,{pull} to /boot/firmware/config.txt, under [all], and reboot",
)
SHARED = Fault(
    "boot-shared",
    "{part}: GPIO {pin} belongs to {other}, too",
    "Wire one of them to another line, and change both files",
)
NO_BUTTON = Fault(
    "boot-no-button",
    "the shutdown button does nothing: config.txt has no overlay for GPIO {pin}",
    "Add dtoverlay=gpio-shutdown,gpio_pin={pin} to /boot/firmware/config.txt, and reboot",
)
NO_UART = Fault(
    "boot-no-uart",
    "{port}: the header's serial port is off",
    "Add {line} to /boot/firmware/config.txt, under [all], and reboot",
)
MINI_UART = Fault(
    "boot-mini-uart",
    "{port} is the mini UART, or Bluetooth's: no parity, and a baud rate that hangs on the core clock",
    "Add dtoverlay=disable-bt to /boot/firmware/config.txt, name it /dev/ttyAMA0 in station.toml, and reboot",
)
DEBUG_PORT = Fault(
    "boot-debug-port", "{port} is the debug connector of a Pi 5, not the header", "Name it /dev/ttyAMA0 in station.toml"
)
CONSOLE = Fault(
    "boot-console",
    "{port}: after a reboot the kernel writes to it (console={console} in cmdline.txt)",
    "Take console={console} out of /boot/firmware/cmdline.txt",
)
EEPROM_UART = Fault(
    "boot-eeprom-uart",
    "{port}: the bootloader writes to it at every start (BOOT_UART=1)",
    "rpi-eeprom-config --edit: BOOT_UART=0 (firmware_config/raspberry-pi/eeprom.conf)",
)
NO_WATCHDOG = Fault(
    "boot-no-watchdog",
    "the hardware watchdog is off",
    "Add dtparam=watchdog=on to /boot/firmware/config.txt, and reboot",
)
TOO_LONG = Fault("boot-too-long", "config.txt: the firmware reads 98 characters of {line!r}…", "Make two lines of it")
STICK = Fault(
    "boot-stick",
    "the bootloader starts from USB or the network too (BOOT_ORDER={order})",
    "rpi-eeprom-config --edit: BOOT_ORDER={wanted} (firmware_config/raspberry-pi/eeprom.conf): a stick in the port is "
    "no new system",
)
WAITS = Fault(
    "boot-waits",
    "after a power cut this Pi waits for its button (WAIT_FOR_POWER_BUTTON=1)",
    "rpi-eeprom-config --edit: WAIT_FOR_POWER_BUTTON=0",
)
UNKNOWN = Fault("boot-unknown-model", "{model} is not known here", "See to its boot settings by hand", Mark.UNSEEN)

FOLDERS = ("/boot/firmware", "/boot")
HEADER_PORTS = ("ttyAMA0", "ttyS0", "serial0")
UART_PINS = (14, 15)
HAS_EEPROM = {"pi4", "pi5"}
PULLED_UP, PULLED_DOWN = range(9), range(9, 28)
"""From reset on: BCM2835 ARM Peripherals, table 6-31; the same on RP1."""
_PULLS = {"up": "pu", "down": "pd"}
_DANGEROUS_BOOTS = "2457"
"""Network, USB (4 and 5), HTTP: Raspberry Pi documentation, BOOT_ORDER."""


def look(examination: Examination) -> Iterator[Finding]:
    """Nothing to see on other machines."""
    model = examination.machine.read("/proc/device-tree/model") or ""
    if "Raspberry Pi" not in model and "Compute Module" not in model:
        yield not_here("no Raspberry Pi")
        return
    filters = filters_of(model)
    if not filters:
        yield UNKNOWN.found(model=model)
        return
    folder = next((each for each in FOLDERS if examination.machine.path(f"{each}/config.txt").exists()), FOLDERS[0])
    try:
        text = examination.machine.read(f"{folder}/config.txt")
        words = examination.machine.read(f"{folder}/cmdline.txt")
    except PermissionError as error:
        yield UNSEEN.found(file=error.filename)
        return
    if text is None or words is None:
        yield NO_FILE.found(file=f"{folder}/{'config' if text is None else 'cmdline'}.txt")
        return
    boot = read_boot_config(text, filters, lambda name: examination.machine.read(f"{folder}/{name}"))
    found = [*_wrong(examination, boot, words, filters), *(_eeprom(examination) if filters & HAS_EEPROM else ())]
    yield from found or [ok(f"{folder}/config.txt and cmdline.txt fit {model} and the configuration")]


def _wrong(examination: Examination, boot: BootConfig, words: str, filters: frozenset[str]) -> Iterator[Finding]:
    yield from (TOO_LONG.found(line=line[:40]) for line in boot.too_long)
    is_there = examination.machine.path("/dev/watchdog0").exists()
    if boot.parameters.get("watchdog", "on" if is_there else "off") not in ("on", "1", "true", "yes"):
        yield NO_WATCHDOG.found()
    for port in header_ports(examination):
        yield from _wrong_with_uart(port, boot, filters)
        yield from (CONSOLE.found(port=port, console=each) for each in consoles(words) if each in HEADER_PORTS)
    panel = getattr(examination.config, "panel", None)
    if isinstance(panel, Panel):
        yield from _wrong_with_panel(panel, boot, has_uart=bool(header_ports(examination)))


def header_ports(examination: Examination) -> list[str]:
    """The configured serial ports that are pins of the header."""
    return [port for port in examination.serial_ports.values() if Path(port).name in HEADER_PORTS]


def _wrong_with_uart(port: str, boot: BootConfig, filters: frozenset[str]) -> Iterator[Finding]:
    if "pi5" in filters:
        if Path(port).name == "serial0":
            yield DEBUG_PORT.found(port=port)
        if boot.parameters.get("uart0") not in ("on", "1") and "uart0-pi5" not in boot.overlays:
            yield NO_UART.found(port=port, line="dtparam=uart0=on")
        return
    if boot.settings.get("enable_uart") != "1":
        yield NO_UART.found(port=port, line="enable_uart=1")
    if not {"disable-bt", "miniuart-bt"} & boot.overlays.keys():
        yield MINI_UART.found(port=port)


def _wrong_with_panel(panel: Panel, boot: BootConfig, *, has_uart: bool) -> Iterator[Finding]:
    for part in PARTS:
        pin = getattr(panel, part)
        if pin is None:
            continue
        line = boot.lines.get(pin, Line())
        is_input = part in ("cancel_button", "supervisor_key")
        yield from _wrong_with_input(panel, part, pin, line) if is_input else _wrong_with_output(panel, part, pin, line)
        if has_uart and pin in UART_PINS:
            yield SHARED.found(part=part, pin=pin, other="the serial port")
    yield from _wrong_with_button(panel, boot)


def _wrong_with_output(panel: Panel, part: str, pin: int, line: Line) -> Iterator[Finding]:
    level, safe, way = ("dh", PULLED_UP, "down") if panel.outputs_active_low else ("dl", PULLED_DOWN, "up")
    if (line.mode, line.level) != ("op", level):
        yield LIT.found(part=part, pin=pin, level=level, found=_told(line))
    if pin not in safe:
        yield LIT_BEFORE.found(part=part, pin=pin, way=way, pins=f"{safe[0]} to {safe[-1]}")


def _wrong_with_input(panel: Panel, part: str, pin: int, line: Line) -> Iterator[Finding]:
    way = "down" if panel.inputs_active_high else "up"
    if (line.mode, line.pull) != ("ip", _PULLS[way]):
        yield FLOATS.found(part=part, pin=pin, way=way, pull=_PULLS[way], found=_told(line))


def _wrong_with_button(panel: Panel, boot: BootConfig) -> Iterator[Finding]:
    overlay = boot.overlays.get("gpio-shutdown")
    pin = None if overlay is None else int(overlay.get("gpio_pin", "3"))
    if panel.shutdown_button is not None and panel.shutdown_button != pin:
        yield NO_BUTTON.found(pin=panel.shutdown_button)
    for part in PARTS:
        if pin is not None and getattr(panel, part) == pin:
            yield SHARED.found(part=part, pin=pin, other="the shutdown button")


def _told(line: Line) -> str:
    return ",".join(filter(None, (line.mode, line.level, line.pull))) or "as it is"


def _eeprom(examination: Examination) -> Iterator[Finding]:
    """Where its firmware's program is installed, and this user may ask."""
    told = examination.machine.say("vcgencmd", "bootloader_config") or ""
    settings = dict(line.split("=", 1) for line in told.splitlines() if "=" in line and not line.startswith("#"))
    if not settings or "error" in settings:
        return
    order = settings.get("BOOT_ORDER", "0xf41").lower()
    wanted = f"0x{''.join(each for each in order.removeprefix('0x') if each not in _DANGEROUS_BOOTS)}"
    if wanted != order and not _runs_from_usb(examination):
        yield STICK.found(order=order, wanted=wanted)
    if settings.get("WAIT_FOR_POWER_BUTTON") == "1":
        yield WAITS.found()
    for port in header_ports(examination) if settings.get("BOOT_UART") == "1" else []:
        yield EEPROM_UART.found(port=port)


def _runs_from_usb(examination: Examination) -> bool:
    """Whether the root directory lies on a disk on USB (sda), as /proc/self/mountinfo has it."""
    lines = (examination.machine.read("/proc/self/mountinfo") or "").splitlines()
    return any(line.split()[4] == "/" and " /dev/sd" in line for line in lines)
