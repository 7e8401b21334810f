"""No serial number goes out twice: what a unit's code says is compared with what is granted or shipped."""

from collections.abc import Iterator

from station.desk.core.facts import Change, Facts, Holder, Note, Station
from station.desk.core.order import Order
from station.protocol.reply import Refusal, Refused
from station.protocol.request import Print
from station.protocol.unit import Unit, Units


def repeated_serials(facts: Facts, order: Order, step: Print) -> tuple[Refused, ...]:
    """The refusals of the units that went out with another order, or are just going."""
    return tuple(
        Refused(
            request=step.request,
            reason=Refusal.SERIAL_SHIPPED,
            order=order.order,
            station=holder.station,
            at=holder.at,
            unit=unit,
            shipped_with=holder.order,
        )
        for unit, holder in _repeated(facts, order.order, step.units)
    )


def told_of_serial(order: Order, station: Station, refused: Refused, *, let_pass_by: str) -> Change:
    """The line in the order's history. The number itself stands in the shipment records alone."""
    item = refused.unit.item if refused.unit is not None else ""
    what = "serial number let pass" if let_pass_by else "print refused"
    by = f"by supervisor {let_pass_by}: " if let_pass_by else ""
    detail = f"{by}a serial number of {item} went out with {refused.shipped_with}"
    return Note(order.order, what, station.station, detail)


def told_of_repeat(facts: Facts, order: str, station: str, units: Units) -> tuple[Change, ...]:
    """The same of a label that came out without permission: nobody could refuse it."""
    return tuple(
        Note(
            order,
            "serial number went out twice",
            station,
            f"a serial number of {unit.item} went out with {holder.order}, too",
        )
        for unit, holder in _repeated(facts, order, units)
    )


def _repeated(facts: Facts, order: str, units: Units) -> Iterator[tuple[Unit, Holder]]:
    for unit in units:
        if unit.serial and (holder := facts.holder(unit.item, unit.serial, other_than=order)) is not None:
            yield unit, holder
