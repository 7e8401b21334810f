"""No serial number goes out twice: what a unit's code says is compared with what is granted or shipped."""

from station.desk.core.facts import Change, Facts, Note, Station
from station.desk.core.order import Order
from station.protocol.reply import Refusal, Refused
from station.protocol.request import Print


def repeated_serial(facts: Facts, order: Order, step: Print) -> Refused | None:
    """The refusal of a unit that went out with another order, or is just going; None where there is none."""
    for unit in step.units:
        if unit.serial and (holder := facts.holder(unit.item, unit.serial, other_than=order.order)) is not None:
            return Refused(
                request=step.request,
                reason=Refusal.SERIAL_SHIPPED,
                order=order.order,
                station=holder.station,
                at=holder.at,
                unit=unit,
                shipped_with=holder.order,
            )
    return None


def told_of_serial(order: Order, station: Station, refused: Refused, *, let_pass: bool) -> Change:
    """The line in the order's history. The number itself stands in the shipment records alone."""
    item = refused.unit.item if refused.unit is not None else ""
    what = "serial number let pass by a supervisor" if let_pass else "print refused"
    return Note(order.order, what, station.station, f"a serial number of {item} went out with {refused.shipped_with}")
