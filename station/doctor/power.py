"""Undervoltage and throttling, as a Raspberry Pi's firmware remembers them since power-on."""

from collections.abc import Iterator

from station.doctor.examination import Examination
from station.doctor.findings import Fault, Finding, Mark, not_here, ok

LOW_NOW = Fault(
    "power-low-now",
    "the voltage is too low now",
    "Use the supply made for this model and a short cable; a printer or a hub must not feed from the Pi",
)
LOW_BEFORE = Fault(
    "power-low-before",
    "the voltage was too low since power-on",
    "Use the supply made for this model and a short cable: a dip while the card is written ends in a damaged card",
)
HOT_NOW = Fault("power-hot-now", "the processor is slowed down by heat now", "Give the case air, or a heat sink")
HOT_BEFORE = Fault(
    "power-hot-before",
    "the processor was slowed down by heat since power-on",
    "Give the case air, or a heat sink",
    Mark.NOTE,
)
USB = Fault(
    "power-usb",
    "the supply offers {offered} mA, so this Pi gives all USB ports together 600 mA",
    "The 5 A supply; or a hub with its own; or, where the supply is strong, usb_max_current_enable=1 in config.txt",
    Mark.NOTE,
)

# Raspberry Pi documentation, vcgencmd get_throttled.
_LOW, _CAPPED, _SLOWED, _WARM, _SINCE = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 16
_FULL_MA = 5000


def look(examination: Examination) -> Iterator[Finding]:
    """What was seen since power-on."""
    bits = throttled(examination)
    if bits is None:
        yield not_here("this machine does not tell (no Raspberry Pi's firmware)")
        return
    now, since = bits & 0xF, bits >> _SINCE
    found = [
        *([LOW_NOW.found()] if now & _LOW else [LOW_BEFORE.found()] if since & _LOW else []),
        *([HOT_NOW.found()] if _is_hot(now) else [HOT_BEFORE.found()] if _is_hot(since) else []),
        *_usb(examination),
    ]
    yield from found or [ok("voltage and temperature were good since power-on")]


def _is_hot(bits: int) -> bool:
    """Slowed down, and not because of the voltage."""
    return bool(bits & _WARM) or bool(bits & (_CAPPED | _SLOWED) and not bits & _LOW)


def throttled(examination: Examination) -> int | None:
    """The firmware's word; None where there is none."""
    for path in examination.machine.glob("/sys/devices/platform/soc/*/get_throttled"):
        return int(path.read_text(), 16)
    said = examination.machine.say("vcgencmd", "get_throttled")
    return int(said.partition("=")[2], 16) if said and said.startswith("throttled=") else None


def _usb(examination: Examination) -> Iterator[Finding]:
    """A Pi 5's device tree has what it agreed on with its supply: numbers of 32 bits, the highest first."""
    folder = examination.machine.path("/proc/device-tree/chosen/power")
    try:
        offered = int.from_bytes((folder / "max_current").read_bytes(), "big")
        enabled = int.from_bytes((folder / "usb_max_current_enable").read_bytes(), "big")
    except OSError:
        return
    if offered < _FULL_MA and not enabled:
        yield USB.found(offered=offered)
