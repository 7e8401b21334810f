"""Whether a print brings every unit that the order's lines ask for, as they ask for it."""

from collections import Counter

from station.desk.core.facts import ToPack
from station.desk.core.order import Order
from station.protocol.instruction import Line
from station.protocol.reply import Refusal, Refused
from station.protocol.request import Print
from station.protocol.unit import Unit, Units


def lacking_units(to_pack: ToPack, order: Order, step: Print) -> Refused | None:
    """The refusal, with the line; None where nothing lacks. A parcel that is packed brings none again."""
    if not step.units and order.takes_label_alone(to_pack.goods):
        return None
    place = _first_line_wrong(to_pack.lines, step.units)
    if place is None:
        return None
    line = Unit(line=place, item="")
    return Refused(request=step.request, reason=Refusal.UNITS_LACKING, order=order.order, unit=line)


def _first_line_wrong(lines: tuple[Line, ...], units: Units) -> int | None:
    """The first line of which there are too few units, too many, one that does not say all, or one twice."""
    serials = Counter((unit.item, unit.serial) for unit in units if unit.serial)
    twice = {serial for serial, times in serials.items() if times > 1}
    for place in range(max(len(lines), *(unit.line + 1 for unit in units), 0)):
        line = lines[place] if place < len(lines) else None
        found = [unit for unit in units if unit.line == place]
        if len(found) != (line.quantity if line is not None and line.capture else 0):
            return place
        if any((unit.item, unit.serial) in twice or not _says_all(line, unit) for unit in found):
            return place
    return None


def _says_all(line: Line | None, unit: Unit) -> bool:
    return line is not None and all(getattr(unit, what) for what in line.capture) and unit.expiry >= line.expires_from
