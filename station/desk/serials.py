"""Which order a serial number is granted to or went out with: an index, in their commits."""

from collections.abc import Iterable
from dataclasses import dataclass

from station.desk.core.facts import Holder
from station.desk.core.order import Granted, InDoubt
from station.protocol.outcome import Shipment
from station.protocol.unit import Unit
from station.sqlite import Database

_HOLDER = """\
SELECT order_id, station, printed_at FROM serials WHERE item = ? AND serial = ? AND order_id != ?
ORDER BY printed_at DESC LIMIT 1"""


@dataclass(frozen=True, slots=True)
class Serials:
    """Rows live as long as their order, and are dropped with it."""

    db: Database

    def holder(self, item: str, serial: str, *, other_than: str) -> Holder | None:
        """Which order a unit is granted to or went out with; not that one. Of several the last that went out."""
        row = self.db.execute(_HOLDER, (item, serial, other_than)).fetchone()
        return None if row is None else Holder(*row)

    def granted(self, order: str, grant: Granted | InDoubt) -> None:
        """A label may come out, or have come out, for these units."""
        self._keep(grant.grant.units, (grant.grant.grant, order, grant.station, ""))

    def shipped(self, shipment: Shipment) -> None:
        """They went out."""
        self._keep(shipment.units, (shipment.grant, shipment.order, shipment.station, shipment.printed_at))

    def freed(self, order: str, grant: str) -> None:
        """No label came out: they are in the warehouse still."""
        self.db.execute("DELETE FROM serials WHERE order_id = ? AND grant_id = ?", (order, grant))

    def freed_all(self, order: str) -> None:
        """The order's label is void: what was in the parcel is in the warehouse again, to be packed by any order."""
        self.db.execute("DELETE FROM serials WHERE order_id = ?", (order,))

    def _keep(self, units: Iterable[Unit], rest: tuple[str, ...]) -> None:
        rows = [(unit.item, unit.serial, *rest) for unit in units if unit.serial]
        if rows:
            self.db.executemany("INSERT OR REPLACE INTO serials VALUES (?, ?, ?, ?, ?, ?)", rows)
