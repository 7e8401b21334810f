"""What a unit's code says beside its number, where the order's line asks for it: lot, serial number, expiry."""

from calendar import monthrange
from dataclasses import dataclass

from station.bench.core.codes import NO_ELEMENTS, Code, Elements
from station.bench.core.notices import Key
from station.bench.core.order import LineFacts, Packed
from station.protocol.unit import Unit


@dataclass(frozen=True, slots=True)
class NotTaken:
    """A unit that must not go into the box, in the packer's words."""

    key: Key
    about: tuple[str, ...]


def captured(packed: Packed, place: int, code: Code) -> Unit | NotTaken | None:
    """What is kept of a unit of the line at this place; None where the line asks for nothing."""
    line = packed.order.lines[place]
    if not line.capture:
        return None
    said = _said(line, code.elements)
    if lacking := next((what for what in line.capture if not said[what]), None):
        key = Key.CODE_RUNS_TOGETHER if code.elements.run_together else Key.CODE_LACKS
        return NotTaken(key, (line.name, lacking))
    if said["expiry"] and said["expiry"] < line.expires_from:
        return NotTaken(Key.EXPIRES_TOO_SOON, (line.name, said["expiry"], line.expires_from))
    if said["serial"] and any((unit.item, unit.serial) == (code.item, said["serial"]) for unit in packed.units):
        return NotTaken(Key.SERIAL_TWICE, (line.name, said["serial"]))
    return Unit(line=place, item=code.item, lot=said["lot"], serial=said["serial"], expiry=said["expiry"])


def asked_for(packed: Packed | None, code: Code) -> Elements:
    """The elements of a code that the work in hand asks for: of any other article they are nobody's business here."""
    if packed is None or not any(line.capture and code.item in line.codes for line in packed.order.lines):
        return NO_ELEMENTS
    return code.elements


def day_of(yymmdd: str, reference: str) -> str:
    """The day of a GS1 date, as ``2026-12-05``; empty where it is none.

    Day 00 is the last of its month; the century is the one that lies at most 49 years before and 50 after the
    reference day (GS1 General Specifications, section 7.12). biip would ask this machine's clock for it.
    """
    year, month, day = int(yymmdd[:2]), int(yymmdd[2:4]), int(yymmdd[4:])
    now = int(reference[:4])
    year += now - now % 100
    year += 100 if year - now <= -50 else -100 if year - now >= 51 else 0
    if not 1 <= month <= 12:
        return ""
    last = monthrange(year, month)[1]
    return f"{year:04}-{month:02}-{day or last:02}" if day <= last else ""


def _said(line: LineFacts, elements: Elements) -> dict[str, str]:
    """Only what the line asks for."""
    expiry = day_of(elements.expiry, line.expires_from) if elements.expiry and "expiry" in line.capture else ""
    found = {"lot": elements.lot, "serial": elements.serial, "expiry": expiry}
    return {what: value if what in line.capture else "" for what, value in found.items()}
