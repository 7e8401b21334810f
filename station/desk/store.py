"""The desk's memory in SQLite: the facts that decisions are made from, and the changes that they come to.

A narrow interface: ``Facts`` to read, ``apply`` to write, ``transaction`` around both. Nothing else knows SQL, so that
another database can stand behind it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import msgspec

from station.age import Age
from station.clock import Clock
from station.database.schema import Schema, open_database
from station.desk.core.facts import (
    AddShipment,
    Change,
    Desk,
    DropEdition,
    Fate,
    FreeSerials,
    Holder,
    KeepInstruction,
    Note,
    RecallRules,
    SaveDesk,
    SaveOrder,
    SaveStation,
    SettleGrant,
    Station,
)
from station.desk.core.order import Order, Standing
from station.desk.history import HistoryLine, history_in
from station.desk.retention import Retention
from station.desk.rows import claim_columns, json_of, order_of
from station.desk.sealing import Seal
from station.desk.serials import Serials
from station.protocol.identifiers import new_identifier
from station.protocol.instruction import Instruction, decode_instruction
from station.protocol.outcome import Shipment, ShipmentQuery
from station.protocol.topics import OutcomeOf
from station.sqlite import Checkpoints

SCHEMA = Schema("station.desk", version=4, oldest=2)
MACHINE = Clock()
NUMBERS_A_START = 1 << 32
"""More than a desk answers before it is started anew."""
MAX_CACHED = 2_000
"""Orders that are kept in memory beside the file, at most: those that are being packed or asked about."""
_SAVE_ORDER = """\
INSERT INTO orders VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) ON CONFLICT DO UPDATE SET
claim_kind = ?2, claim_boot = ?4, claim_reprint = ?5, claim_grant = ?6, doubts = ?7, shipped = ?8,
granted_contents = ?9, voids = ?10, recall = ?11, label_sets = ?12"""
_CLAIM_ORDER = "UPDATE orders SET claim_station = ?2 WHERE order_id = ?1 AND claim_station IS NOT ?2"
_TOUCH_ORDER = "UPDATE orders SET touched_s = ?2 WHERE order_id = ?1 AND touched_s NOT BETWEEN ?2 - 3600 AND ?2"
"""Apart, and only where they change: a page of each index in every commit would keep printers waiting."""
_ADD_LINE = """\
INSERT INTO history (order_id, at_s, what, station, detail, line)
VALUES (?1, ?2, ?3, ?4, ?5, (SELECT coalesce(max(line), 0) + 1 FROM history WHERE order_id = ?1))"""
_ADD_STRAY = "INSERT INTO strays (order_id, at_s, what, station, detail) VALUES (?, ?, ?, ?, ?)"
REMEDY = "check the folder's owner and free space, or put back a backup: station restore (docs/data.md)"
TABLES = ("desk", "age", "stations", "corrections")
"""What every start reads."""


@dataclass(slots=True)
class _Cached:
    """What was read or written last, as it stands in the open transaction: nobody else writes this file.

    A rollback, and whatever else is written past it, empties it.
    """

    desk: Desk | None = None
    stations: dict[str, Station] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    instructions: set[tuple[str, int]] = field(default_factory=set)
    """Revisions whose instruction is kept."""


class Store:
    """Facts and changes in one SQLite file (WAL, synchronous FULL: what is committed survives a power cut)."""

    def __init__(
        self,
        path: Path,
        *,
        roster: frozenset[str],
        supervisors: frozenset[str],
        recall_rules: RecallRules = RecallRules(),  # noqa: B008  (frozen)
        restored: bool = False,
        clock: Clock = MACHINE,
        seal: Seal = Seal(),  # noqa: B008  (frozen)
    ):
        """Open or create. ``restored``: this file is an old copy put back; a new epoch begins.

        ``seal``: of instructions. Raises StoreUnusable.
        """
        self.roster = roster
        self.supervisors = supervisors
        self.recall_rules = recall_rules
        self.incarnation = new_identifier()
        self.up: Mapping[str, bool] = {}
        self._clock = clock
        self._at = ""
        self._cached = _Cached()
        self._db = open_database(path, SCHEMA, REMEDY)
        self._seal = seal
        try:
            seal.bring_up(self._db)
            self._checkpoints = Checkpoints(self._db)
            self._age = Age(self._db, clock)
            self._retention = Retention(self._db)
            self._serials = Serials(self._db)
            self._begin_epoch(restored=restored)
        except BaseException:
            self._db.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One commit."""
        self._at = ""
        if len(self._cached.orders) > MAX_CACHED:
            self._cached = _Cached()
        try:
            with self._db.transaction():
                yield
        except BaseException:
            self._cached = _Cached()
            raise

    # Facts

    @property
    def at(self) -> str:
        """The time to show beside what is decided now: one for a transaction.

        Made where it is needed first: a grant needs none, and a printer waits for it.
        """
        self._at = self._at or self._clock.shown()
        return self._at

    @property
    def number(self) -> int:
        """A higher number at each look, in one epoch, after a restart too."""
        return next(self._numbers)

    @property
    def fresh(self) -> str:
        """A new identifier."""
        return new_identifier()

    @property
    def age_s(self) -> float:
        """How long this file has been in use."""
        return self._age.now_s

    @property
    def desk(self) -> Desk:
        """The desk itself."""
        desk = self._cached.desk
        if desk is None:
            epoch, decision, waits_for = self._row("SELECT epoch, decision, waits_for FROM desk")
            desk = Desk(epoch, self.incarnation, decision, frozenset(msgspec.json.decode(waits_for)))
            self._cached.desk = desk
        return desk

    def order(self, order: str) -> Order | None:
        """An order, if anything is known of it."""
        found = self._cached.orders.get(order)
        if found is None:
            row = self._db.execute("SELECT * FROM orders WHERE order_id = ?", (order,)).fetchone()
            found = None if row is None else self._order(row)
        return found

    def held(self) -> tuple[Order, ...]:
        """The orders on which a hold is active."""
        rows = self._db.execute(
            "SELECT * FROM orders WHERE order_id IN "
            "(SELECT order_id FROM holds WHERE json_extract(body, '$.state') = 'active') ORDER BY order_id"
        ).fetchall()
        return tuple(self._order(row) for row in rows)

    def recalled(self) -> tuple[Order, ...]:
        """The orders whose label is called back."""
        rows = self._db.execute("SELECT * FROM orders WHERE recall IS NOT NULL ORDER BY order_id").fetchall()
        return tuple(self._cached.orders.get(row[0]) or self._order(row) for row in rows)

    def order_of_label(self, tracking_number: str) -> str | None:
        """Which order has a label with this tracking number that came out."""
        sql = "SELECT order_id FROM labels WHERE tracking_number = ?"
        row = self._db.execute(sql, (tracking_number,)).fetchone()
        return None if row is None else str(row[0])

    def order_of_slip(self, slip: str) -> str | None:
        """Which order a slip stands for."""
        row = self._db.execute("SELECT order_id FROM slips WHERE slip = ?", (slip,)).fetchone()
        return None if row is None else str(row[0])

    def claimed_by(self, station: str) -> tuple[Order, ...]:
        """The orders with a claim of this station."""
        rows = self._db.execute("SELECT * FROM orders WHERE claim_station = ?", (station,)).fetchall()
        return tuple(self._cached.orders.get(row[0]) or self._order(row) for row in rows)

    def has_instruction(self, order: str, revision: int) -> bool:
        """Whether the instruction, with its personal data, is still here."""
        if (order, revision) in self._cached.instructions:
            return True
        sql = "SELECT 1 FROM editions WHERE order_id = ? AND revision = ? AND instruction IS NOT NULL"
        found = self._db.execute(sql, (order, revision)).fetchone() is not None
        if found:
            self._cached.instructions.add((order, revision))
        return found

    def station(self, station: str) -> Station:
        """A station; a new one, if nothing is known of it."""
        found = self._cached.stations.get(station)
        if found is None:
            row = self._db.execute("SELECT body FROM stations WHERE station = ?", (station,)).fetchone()
            found = Station(station) if row is None else msgspec.json.decode(row[0], type=Station)
        return found

    def is_up(self, station: str) -> bool:
        """Whether the station's status says that it is up."""
        return self.up.get(station, False)

    def fate(self, grant: str) -> Fate | None:
        """How a grant ended, if it did."""
        row = self._db.execute("SELECT fate FROM grants WHERE grant_id = ?", (grant,)).fetchone()
        return None if row is None else row[0]

    def holder(self, item: str, serial: str, *, other_than: str) -> Holder | None:
        """Which order a unit is granted to or went out with; not that one."""
        return self._serials.holder(item, serial, other_than=other_than)

    def last_shipment(self) -> int:
        """The number of the newest shipment record."""
        return int(self._row("SELECT coalesce(max(number), 0) FROM shipments")[0])

    def shipments(self, query: ShipmentQuery, most: int) -> tuple[Shipment, ...]:
        """Shipment records, oldest first."""
        rows = self._db.execute(
            "SELECT body FROM shipments WHERE number > ?1 AND (?2 IS NULL OR order_id = ?2) ORDER BY number LIMIT ?3",
            (query.after, query.order, most),
        )
        return tuple(msgspec.json.decode(row[0], type=Shipment) for row in rows)

    # What is not decided on

    def instruction(self, order: str) -> Instruction | None:
        """The newest accepted instruction with its personal data, while it is kept."""
        row = self._db.execute(
            "SELECT revision, instruction FROM editions WHERE order_id = ? AND standing = ? "
            "ORDER BY revision DESC LIMIT 1",
            (order, Standing.ACCEPTED),
        ).fetchone()
        return None if row is None or row[1] is None else decode_instruction(self._seal.open(order, *row))

    def history(self, order: str) -> tuple[HistoryLine, ...]:
        """An order's life, oldest first."""
        return history_in(self._db, order)

    def corrections(self) -> tuple[OutcomeOf, ...]:
        """The answers that changed and that the broker has not taken yet."""
        return tuple(OutcomeOf(*row) for row in self._db.execute("SELECT order_id, what FROM corrections"))

    def owe(self, answers: Iterable[OutcomeOf]) -> None:
        """These answers have changed."""
        rows = [(each.order, each.what) for each in answers]
        self._db.executemany("INSERT OR IGNORE INTO corrections VALUES (?, ?)", rows)

    def strike_off(self, answers: Iterable[OutcomeOf]) -> None:
        """The broker has taken these."""
        rows = [(each.order, each.what) for each in answers]
        self._db.executemany("DELETE FROM corrections WHERE order_id = ? AND what = ?", rows)

    def forget(self, *, personal_data_s: float, orders_s: float) -> int:
        """Drop some of what is kept for longer than these, in the open transaction. Returns rows."""
        now_s = self._age.now_s
        gone = self._retention.drop_some(personal_before_s=now_s - personal_data_s, all_before_s=now_s - orders_s)
        self._age.note_sometimes()
        if gone:
            self._cached = _Cached()
        return gone

    def drop_copies(self, *, personal_data_s: float) -> None:
        """Drop old copies of the database that lie beside it, with the personal data in them."""
        self._retention.drop_copies(kept_s=personal_data_s, wall_s=self._clock.wall_s())

    def rest(self) -> None:
        """Nothing is to be done now: tidy up what a commit would else be held up by."""
        self._checkpoints.run_if_due()

    def empty_log(self) -> None:
        """Empty SQLite's write-ahead log, between transactions: dropped rows would lie there until it is reused."""
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    # Changes

    def apply(self, change: Change, instruction: bytes | None = None) -> None:
        """Write one change of the open transaction. ``instruction``: the payload that KeepInstruction keeps."""
        self._APPLIERS[type(change)](self, change, instruction)

    def _save_order(self, change: SaveOrder, _instruction: bytes | None) -> None:
        order = change.order
        before = self._cached.orders.get(order.order, Order(order.order))
        claim, now_s = claim_columns(order.claim), int(self._age.now_s)
        facts = (order.doubts, order.shipped, order.granted_contents, order.voids, order.recall)
        columns = [json_of(fact) for fact in facts]
        self._db.execute(_SAVE_ORDER, (order.order, *claim, *columns, order.label_sets, now_s))
        if before.claim is None or order.claim is None or before.claim.station != order.claim.station:
            self._db.execute(_CLAIM_ORDER, (order.order, claim[1]))
        self._db.execute(_TOUCH_ORDER, (order.order, now_s))
        if order.holds != before.holds:
            self._save_holds(order, before)
        if order.editions != before.editions:
            self._save_standings(order, before)
        for each in order.outstanding:
            if each not in before.outstanding:
                self._serials.granted(order.order, each)
        self._cached.orders[order.order] = order

    def _save_holds(self, order: Order, before: Order) -> None:
        self._db.executemany(
            "INSERT OR REPLACE INTO holds VALUES (?, ?, ?, ?)",
            [
                (order.order, hold.hold, json_of(hold), hold.hold not in order.unknown_holds)
                for hold in order.holds.values()
                if before.holds.get(hold.hold) != hold
            ],
        )

    def _save_standings(self, order: Order, before: Order) -> None:
        self._db.executemany(
            "UPDATE editions SET standing = ?3 WHERE order_id = ?1 AND revision = ?2 AND standing != ?3",
            [
                (order.order, edition.revision, edition.standing)
                for edition in order.editions
                if edition not in before.editions
            ],
        )

    def _keep_instruction(self, change: KeepInstruction, instruction: bytes | None) -> None:
        edition = change.edition
        self._cached.orders.pop(change.order, None)
        self._db.execute(
            "INSERT INTO editions VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                change.order,
                edition.revision,
                edition.digest,
                edition.standing,
                json_of(edition.slips),
                json_of(edition.tracking_numbers),
                int(edition.swap),
                None if instruction is None else self._seal.seal(change.order, edition.revision, instruction),
            ),
        )
        self._db.executemany(
            "INSERT OR REPLACE INTO slips VALUES (?, ?)", [(slip, change.order) for slip in edition.slips]
        )

    def _drop_edition(self, change: DropEdition, _instruction: bytes | None) -> None:
        self._cached = _Cached()
        key = (change.order, change.revision)
        self._db.execute("DELETE FROM editions WHERE order_id = ? AND revision = ?", key)

    def _save_station(self, change: SaveStation, _instruction: bytes | None) -> None:
        row = (change.station.station, json_of(change.station))
        self._db.execute("INSERT OR REPLACE INTO stations VALUES (?, ?)", row)
        self._cached.stations[change.station.station] = change.station

    def _save_desk(self, change: SaveDesk, _instruction: bytes | None) -> None:
        desk = change.desk
        self._db.execute(
            "UPDATE desk SET epoch = ?, decision = ?, waits_for = ?",
            (desk.epoch, desk.decision, json_of(sorted(desk.waits_for))),
        )
        self._cached.desk = desk

    def _add_shipment(self, change: AddShipment, _instruction: bytes | None) -> None:
        shipment = change.shipment
        row = (shipment.number, shipment.order, json_of(shipment))
        self._db.execute("INSERT INTO shipments VALUES (?, ?, ?)", row)
        self._serials.shipped(shipment)
        if shipment.kind == "printed":
            labels = [(number, shipment.order) for number in shipment.tracking_numbers]
            self._db.executemany("INSERT OR REPLACE INTO labels VALUES (?, ?)", labels)

    def _free_serials(self, change: FreeSerials, _instruction: bytes | None) -> None:
        self._serials.freed_all(change.order)

    def _settle_grant(self, change: SettleGrant, _instruction: bytes | None) -> None:
        row = (change.grant, change.order, change.fate)
        self._db.execute("INSERT OR REPLACE INTO grants VALUES (?, ?, ?)", row)
        if change.fate == "not_printed":
            self._serials.freed(change.order, change.grant)

    def _note(self, change: Note, _instruction: bytes | None) -> None:
        row = (change.order, self._clock.wall_s(), change.what, change.station, change.detail[:300])
        self._db.execute(_ADD_STRAY if self.order(change.order) is None else _ADD_LINE, row)

    _APPLIERS: ClassVar[dict[type[Change], Callable[["Store", Any, bytes | None], None]]] = {
        SaveOrder: _save_order,
        KeepInstruction: _keep_instruction,
        DropEdition: _drop_edition,
        SaveStation: _save_station,
        SaveDesk: _save_desk,
        AddShipment: _add_shipment,
        SettleGrant: _settle_grant,
        FreeSerials: _free_serials,
        Note: _note,
    }

    # Rows

    def _row(self, sql: str) -> tuple[Any, ...]:
        row: tuple[Any, ...] = self._db.execute(sql).fetchone()
        return row

    def _order(self, row: tuple[Any, ...]) -> Order:
        editions = self._db.execute(
            "SELECT revision, digest, standing, slips, tracking_numbers, swap FROM editions WHERE order_id = ? "
            "ORDER BY revision",
            row[:1],
        )
        holds = self._db.execute("SELECT body, known FROM holds WHERE order_id = ?", row[:1])
        found = order_of(row, editions, holds)
        self._cached.orders[found.order] = found
        return found

    def _begin_epoch(self, *, restored: bool) -> None:
        self._db.execute("INSERT OR IGNORE INTO desk VALUES (1, ?, 0, '[]', 0)", (new_identifier(),))
        (starts,) = self._row("UPDATE desk SET starts = starts + 1 RETURNING starts")
        self._numbers: Iterator[int] = count(starts * NUMBERS_A_START)
        if restored:
            with self.transaction():
                desk = replace(self.desk, epoch=new_identifier(), waits_for=self.roster)
                self.apply(SaveDesk(desk))
