"""The station's journal in SQLite: grants, records for the desk, holds heard, and the life of every order."""

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import msgspec

from station.age import Age
from station.bench.chapters import Chapters
from station.bench.core.effects import (
    AddRecord,
    Audit,
    AwaitScanBack,
    BeginPrint,
    DropGrant,
    EndScanBack,
    Entry,
    KnowDesk,
    MarkKept,
    NoteHold,
)
from station.bench.core.state import Identity, Remembered
from station.bench.recording import Part
from station.bench.salvage import Salvaged
from station.clock import Clock, as_text
from station.database.room import Room
from station.database.schema import Schema, open_database
from station.protocol.codec import Invalid
from station.protocol.hold import Hold
from station.protocol.identifiers import new_identifier
from station.protocol.request import (
    AnyRecord,
    Gone,
    GrantReference,
    HeardHold,
    NoLabel,
    Printed,
    ScannedBack,
    Unknown,
    Voided,
    decode_record,
)
from station.sqlite import Checkpoints, Damaged, DiskFull
from station.telemetry.databases import ReserveUsed
from station.telemetry.faults import name_of
from station.telemetry.telling import tell

SCHEMA = Schema("station.bench", version=4, oldest=2)
MACHINE = Clock()
REMEDY = "check the folder's owner and free space (docs/data.md)"
TABLES = ("journal", "age", "records", "grants", "scan_backs", "holds", "chapters")
"""What every start reads."""
MAX_HEARD = 2000
"""Holds that a desk is told of: more than a site has that are active."""
_FATES: dict[type[AnyRecord], str | None] = {
    Printed: "printed",
    NoLabel: "no_label",
    Unknown: None,
    Voided: "voided",
    Gone: "printed",
}
"""What a record says of its grant's label."""
_FIRST_TO_KEEP = (
    "SELECT min(sequence) FROM records WHERE kept = 0 OR aged_s >= ?1 OR sequence = (SELECT max(sequence) FROM records)"
)
"""Records go from the oldest on, without a gap: a desk takes them in order only."""


class AuditLine(NamedTuple):
    """A line of an order's life."""

    at: str
    what: str
    order: str
    code: str
    packer: str
    detail: str


class Journal:
    """One SQLite file (WAL, synchronous FULL). For one thread at a time."""

    def __init__(self, path: Path, clock: Clock = MACHINE, room: Room | None = None) -> None:
        """Open or create; raises StoreUnusable. ``room``: on its disk, where that is watched."""
        self._db = open_database(path, SCHEMA, REMEDY)
        self._room = room
        self._checkpoints = Checkpoints(self._db)
        self._clock = clock
        self._age = Age(self._db, clock)
        self._chapters = Chapters(self._db, clock, self._age)
        self._boot_number = 0

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @property
    def is_unused(self) -> bool:
        """It has just been made."""
        return self._db.execute("SELECT 1 FROM journal").fetchone() is None

    def begin_boot(self) -> Remembered:
        """Count one more start, durably, and tell what the ones before left. Raises Damaged."""
        try:
            return self._begin_boot()
        except (msgspec.MsgspecError, Invalid, sqlite3.Error) as error:
            if isinstance(error, sqlite3.Error) and hasattr(error, "sqlite_errorcode"):  # without: text that is none
                raise self._db.meaning(error) from error
            raise Damaged(f"the journal {self._db.path} cannot be read: {name_of(error)}; {REMEDY}") from error

    def _begin_boot(self) -> Remembered:
        row = self._db.execute("SELECT journal_id, boot_number, epoch, seen_decision FROM journal").fetchone()
        is_new = row is None
        if row is None:
            row = (new_identifier(), 0, "", 0)
            self._db.execute("INSERT INTO journal VALUES (1, ?, ?, ?, ?)", row)
        journal_id, last_boot, epoch, seen_decision = row
        self._boot_number = last_boot + 1
        self._db.execute("UPDATE journal SET boot_number = ?", (self._boot_number,))
        boot = f"{self._boot_number}-{new_identifier()}"
        unkept = self._db.execute("SELECT body FROM records WHERE kept = 0 ORDER BY sequence")
        begun = self._db.execute("SELECT body FROM grants WHERE fate IS NULL ORDER BY aged_s")
        awaited = self._db.execute("SELECT body FROM scan_backs ORDER BY aged_s")
        return Remembered(
            identity=Identity(journal_id, boot, self._boot_number),
            outbox=tuple(decode_record(body.encode()) for (body,) in unkept),
            last_sequence=self._db.execute("SELECT coalesce(max(sequence), 0) FROM records").fetchone()[0],
            first_sequence=self.first_sequence(),
            begun_grants=tuple(msgspec.json.decode(body, type=GrantReference) for (body,) in begun),
            scan_backs=tuple(msgspec.json.decode(body, type=GrantReference) for (body,) in awaited),
            epoch=epoch,
            seen_decision=seen_decision,
            is_new=is_new,
        )

    def begin_anew(self) -> None:
        """This journal counts as lost: what the desk has not kept begins a new one, numbered from 1."""
        journal = new_identifier()
        with self._db.transaction():
            unkept = self._db.execute("SELECT body, aged_s FROM records WHERE kept = 0 ORDER BY sequence").fetchall()
            self._db.execute("DELETE FROM records")
            for sequence, (body, aged_s) in enumerate(unkept, start=1):
                self._insert_record(_in_journal(decode_record(body.encode()), journal, sequence), aged_s)
            self._db.execute("UPDATE journal SET journal_id = ?, boot_number = 0", (journal,))

    def begin_from(self, rest: Salvaged) -> None:
        """This journal takes the place of a damaged one, with what could be read of it."""
        journal = new_identifier()
        with self._db.transaction():
            self._db.execute("INSERT INTO journal VALUES (1, ?, 0, '', 0)", (journal,))
            for grant in rest.begun_grants:
                self._begin_print(BeginPrint(grant))
            for sequence, record in enumerate(rest.records, start=1):
                self._add_record(AddRecord(_in_journal(record, journal, sequence)))
            for heard in rest.holds:
                self._note_hold(NoteHold(heard.order, heard.hold))

    def check_room(self) -> None:
        """Raises DiskFull where nothing more is to be begun: what is begun has to be written down to its end."""
        if self._room is not None and (reason := self._room.lacking()):
            raise DiskFull(reason)

    def commit(self, entries: Sequence[Entry], part: Part | None = None) -> None:
        """Write entries, and what was recorded, in one transaction. What is committed survives a power cut.

        On a full disk a print does not begin, and all else is written with the disk's reserve.
        """
        begins = any(isinstance(entry, BeginPrint) for entry in entries)
        if begins:
            self.check_room()
        try:
            self._commit(entries, part)
        except DiskFull as error:
            if begins or self._room is None or not self._room.give_up():
                raise
            tell(ReserveUsed(str(error)))
            self._commit(entries, part)

    def _commit(self, entries: Sequence[Entry], part: Part | None) -> None:
        match entries:
            # One statement is a transaction by itself, and a printer waits for this one.
            case [BeginPrint() as alone] if part is None:
                self._begin_print(alone)
            case _:
                with self._db.transaction():
                    for entry in entries:
                        self._WRITERS[type(entry)](self, entry)
                    if part is not None:
                        self._chapters.write(part)

    def rest(self) -> None:
        """Nothing is to be done now: tidy up what a commit would else be held up by."""
        self._checkpoints.run_if_due()

    def records_after(self, sequence: int) -> tuple[AnyRecord, ...]:
        """What a desk lacks that has records up to this one."""
        rows = self._db.execute("SELECT body FROM records WHERE sequence > ? ORDER BY sequence", (sequence,))
        return tuple(decode_record(body.encode()) for (body,) in rows)

    def first_sequence(self) -> int:
        """Of the oldest record that is still here, or of the next one."""
        return int(self._db.execute("SELECT coalesce(min(sequence), 1) FROM records").fetchone()[0])

    def hold(self, order: str, hold: str) -> Hold | None:
        """A hold as it stands, if it was heard."""
        sql = "SELECT body FROM holds WHERE order_id = ? AND hold_id = ?"
        row = self._db.execute(sql, (order, hold)).fetchone()
        return None if row is None else msgspec.json.decode(row[0], type=Hold)

    def holds_on(self, order: str) -> tuple[Hold, ...]:
        """Every hold on an order that was heard."""
        rows = self._db.execute("SELECT body FROM holds WHERE order_id = ?", (order,))
        return tuple(msgspec.json.decode(body, type=Hold) for (body,) in rows)

    def holds_heard(self, *, releases: bool) -> tuple[HeardHold, ...]:
        """What a desk that may have forgotten holds is told: those that are active, and on its wish releases."""
        sql = "SELECT order_id, body FROM holds WHERE active >= ? ORDER BY active DESC, aged_s DESC LIMIT ?"
        rows = self._db.execute(sql, (0 if releases else 1, MAX_HEARD))
        return tuple(HeardHold(order=order, hold=msgspec.json.decode(body, type=Hold)) for order, body in rows)

    def history(self, order: str) -> tuple[AuditLine, ...]:
        """An order's life at this station, oldest first."""
        return history_in(self._db, order)

    def forget(self, keep_s: float) -> int:
        """Delete what is older. What is not settled stays, however old. Returns the number of rows."""
        before_s = self._age.now_s - keep_s
        with self._db.transaction():
            self._age.note_sometimes()
            return self._chapters.forget(before_s) + sum(
                self._db.execute(f"DELETE FROM {table} WHERE {settled} AND aged_s < ?1", (before_s,)).rowcount  # noqa: S608
                for table, settled in (
                    ("audit", "1"),
                    ("holds", "1"),
                    ("grants", "fate IS NOT NULL"),
                    ("records", f"sequence < ({_FIRST_TO_KEEP})"),
                )
            )

    def _begin_print(self, entry: BeginPrint) -> None:
        row = (entry.grant.grant, _json(entry.grant), self._age.now_s)
        self._db.execute("INSERT INTO grants VALUES (?, ?, NULL, ?)", row)

    def _drop_grant(self, entry: DropGrant) -> None:
        self._db.execute("UPDATE grants SET fate = 'dropped' WHERE grant_id = ?", (entry.grant,))

    def _add_record(self, entry: AddRecord) -> None:
        """What is said of the label afterwards is none of its grant's fate."""
        record = entry.record
        self._insert_record(record, self._age.now_s)
        if isinstance(record, ScannedBack):
            return
        fate = _FATES[type(record)]
        self._db.execute(
            "INSERT INTO grants VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET fate = excluded.fate",
            (record.grant.grant, _json(record.grant), fate, self._age.now_s),
        )

    def _insert_record(self, record: AnyRecord, aged_s: float) -> None:
        self._db.execute("INSERT INTO records VALUES (?, ?, 0, ?)", (record.sequence, _json(record), aged_s))

    def _mark_kept(self, entry: MarkKept) -> None:
        self._db.execute("UPDATE records SET kept = 1 WHERE sequence <= ? AND kept = 0", (entry.sequence,))

    def _note_hold(self, entry: NoteHold) -> None:
        hold = entry.hold
        row = (entry.order, hold.hold, int(hold.state == "active"), _json(hold), self._age.now_s)
        self._db.execute("INSERT OR REPLACE INTO holds VALUES (?, ?, ?, ?, ?)", row)

    def _know_desk(self, entry: KnowDesk) -> None:
        self._db.execute("UPDATE journal SET epoch = ?, seen_decision = ?", (entry.epoch, entry.decision))

    def _await_scan_back(self, entry: AwaitScanBack) -> None:
        row = (entry.grant.grant, _json(entry.grant), self._age.now_s)
        self._db.execute("INSERT OR REPLACE INTO scan_backs VALUES (?, ?, ?)", row)

    def _end_scan_back(self, entry: EndScanBack) -> None:
        self._db.execute("DELETE FROM scan_backs WHERE grant_id = ?", (entry.grant,))

    def _audit(self, entry: Audit) -> None:
        self._db.execute(
            "INSERT INTO audit (boot_number, what, order_id, code, packer, detail, at_s, aged_s) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                self._boot_number,
                entry.what,
                entry.order,
                entry.code,
                entry.packer,
                entry.detail[:200],
                self._clock.wall_s(),
                self._age.now_s,
            ),
        )

    _WRITERS: ClassVar[dict[type[Entry], Callable[["Journal", Any], None]]] = {
        BeginPrint: _begin_print,
        DropGrant: _drop_grant,
        AddRecord: _add_record,
        MarkKept: _mark_kept,
        NoteHold: _note_hold,
        KnowDesk: _know_desk,
        AwaitScanBack: _await_scan_back,
        EndScanBack: _end_scan_back,
        Audit: _audit,
    }


def history_in(db: sqlite3.Connection, order: str) -> tuple[AuditLine, ...]:
    """An order's life, as a journal has it, oldest first."""
    sql = "SELECT at_s, what, order_id, code, packer, detail FROM audit WHERE order_id = ? ORDER BY id"
    return tuple(AuditLine(as_text(at_s), *rest) for at_s, *rest in db.execute(sql, (order,)))


def _in_journal(record: AnyRecord, journal: str, sequence: int) -> AnyRecord:
    """As this journal says it."""
    return msgspec.structs.replace(record, journal=journal, sequence=sequence, request=f"{journal}:{sequence}")


def _json(message: msgspec.Struct) -> str:
    return msgspec.json.encode(message).decode()
