"""What is past its time goes from the desk's database, a little at each call: a hold must not wait for it."""

from dataclasses import dataclass

from station.database.files import former_copies, remove
from station.sqlite import Database
from station.telemetry.databases import CopyDropped
from station.telemetry.telling import tell

INSTRUCTIONS_AT_ONCE, ORDERS_AT_ONCE = 200, 50
"""Looked at, or dropped, in one call: some milliseconds."""
MAX_STRAY_LINES = 50_000
"""Lines of history that belong to no order: how many stay."""
LEAST_KEPT_S = 86_400.0
"""A copy of the database stays for a day at least: somebody may be about to put it back."""
_KEPT = """\
SELECT DISTINCT order_id FROM editions WHERE instruction IS NOT NULL AND order_id > ? ORDER BY order_id LIMIT ?"""
_DROP_INSTRUCTIONS = """\
UPDATE editions SET instruction = NULL WHERE instruction IS NOT NULL AND order_id = (SELECT order_id FROM orders
WHERE order_id = ?1 AND shipped IS NOT NULL AND claim_kind IS NULL AND touched_s < ?2)"""
_OLD = "SELECT order_id FROM orders WHERE claim_kind IS NULL AND touched_s < ? LIMIT ?"
_TABLES = ("editions", "slips", "labels", "holds", "corrections", "grants", "serials", "history", "orders")
_DROP_SHIPMENTS = "DELETE FROM shipments WHERE order_id = ? AND number < (SELECT max(number) FROM shipments)"
"""The newest record stays: the next one's number follows from it."""
_DROP_STRAYS = "DELETE FROM strays WHERE line <= (SELECT max(line) FROM strays) - ?"


@dataclass(slots=True)
class Retention:
    """Goes round the orders whose instruction is kept, and takes the oldest orders first."""

    db: Database
    _looked_at: str = ""

    def drop_some(self, *, personal_before_s: float, all_before_s: float) -> int:
        """Drop personal data of what was shipped before one moment, and orders that nobody touched since the other.

        In the open transaction. Returns the number of rows.
        """
        return self._drop_instructions(personal_before_s) + self._drop_orders(all_before_s) + self._drop_strays()

    def drop_copies(self, *, kept_s: float, wall_s: float) -> None:
        """Drop what migrations and restores left beside the database once personal data are kept no longer.

        By the wall's clock: one that is wrong drops a copy early, which costs nothing, or when it is set right.
        """
        for copy, since_s in former_copies(self.db.path):
            if wall_s - since_s > max(kept_s, LEAST_KEPT_S):
                remove(copy)
                tell(CopyDropped(str(copy)))

    def _drop_instructions(self, before_s: float) -> int:
        kept = self.db.execute(_KEPT, (self._looked_at, INSTRUCTIONS_AT_ONCE)).fetchall()
        self._looked_at = kept[-1][0] if len(kept) == INSTRUCTIONS_AT_ONCE else ""
        return self.db.executemany(_DROP_INSTRUCTIONS, [(order, before_s) for (order,) in kept]).rowcount

    def _drop_orders(self, before_s: float) -> int:
        old = self.db.execute(_OLD, (before_s, ORDERS_AT_ONCE)).fetchall()
        for table in _TABLES:
            self.db.executemany(f"DELETE FROM {table} WHERE order_id = ?", old)  # noqa: S608
        self.db.executemany(_DROP_SHIPMENTS, old)
        return len(old)

    def _drop_strays(self) -> int:
        return self.db.execute(_DROP_STRAYS, (MAX_STRAY_LINES,)).rowcount
