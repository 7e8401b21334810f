"""What it costs that every decision is recorded: ``python -m tests.performance.recording [--parcels N]``.

A day on the real loop and a real journal, in virtual time: slip, three articles, label; once recorded and once not.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from unittest.mock import patch

import msgspec

from station.bench.core.codes import Code
from station.bench.core.devices import PrintConfirmed, PrinterChanged, PrinterState, Proof, Scanned
from station.bench.core.effects import Entry
from station.bench.core.events import LabelsDrawn
from station.bench.core.machine import step
from station.bench.core.state import Moment
from station.bench.recording import Part, Recording
from station.bench.replay import Player, Recorded
from station.protocol.instruction import Line, Piece
from station.protocol.reply import Granted, Kept, Opened
from station.protocol.request import GrantReference, Open, Print, Printed
from tests.bench.test_loop import Station
from tests.label.orders import PLAIN

ARTICLES = ("4901234567894", "4512345678906", "4006381333931")


@dataclass(frozen=True)
class Day:
    """What a day left."""

    events: int
    recorded_bytes: int
    log_bytes: int
    """Written to SQLite's log: what a memory card is worn by."""
    commits: int
    file_bytes: int


@dataclass
class Counted:
    """A journal's commits."""

    commit: Callable[..., None]
    times: int = 0

    def __call__(self, entries: Sequence[Entry], part: Part | None = None) -> None:
        """As the journal's own."""
        self.times += 1
        self.commit(entries, part)


def unrecorded_day(path: Path, parcels: int) -> Day:
    """The same without a recording."""
    with patch.object(Recording, "add", lambda *_: None), patch.object(Recording, "part", lambda *_, **__: None):
        return day(path, parcels)


def day(path: Path, parcels: int) -> Day:
    """Pack so many parcels."""
    station, chance = Station(path), random.Random(1)
    station.journal._db.execute("PRAGMA wal_autocheckpoint = 0")
    commits = Counted(station.journal.commit)
    station.journal.commit = commits  # type: ignore[method-assign]
    station.loop.take(PrinterChanged(PrinterState.READY))
    station.connects()
    for number in range(parcels):
        _pack(station, number, chance)
    station.loop._write(stopped=True)
    log_bytes = path.with_name(path.name + "-wal").stat().st_size
    station.journal._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    events, size = station.journal._db.execute(
        "SELECT count(*), coalesce(sum(length(body)), 0) FROM recorded"
    ).fetchone()
    station.journal.close()
    return Day(events, size, log_bytes, commits.times, path.stat().st_size)


def _pack(station: Station, number: int, chance: random.Random) -> None:
    name, tracking = f"NS-1000{number:05}", f"4000{number:08}"
    order = msgspec.structs.replace(
        PLAIN,
        order=name,
        slips=(f"A-{number}",),
        pieces=(Piece(tracking_number=tracking),),
        lines=tuple(Line(codes=(f"0{code}",), name=f"article {code}", quantity=1) for code in ARTICLES),
    )
    _passes(station, chance.uniform(2, 8))
    station.loop.take(Scanned("hand", Code(f"A-{number}")))
    station.now += chance.uniform(0.002, 0.01)
    station.answers(Opened(request=station.last(Open).request, order=name, instruction=order))
    station.now += chance.uniform(0.02, 0.06)
    station.loop.take(LabelsDrawn(name, 1, 0))
    for code in ARTICLES:
        _passes(station, chance.uniform(0.5, 3))
        station.loop.take(Scanned("hand", Code(code, gtin=f"0{code}")))
    station.now += chance.uniform(0.001, 0.003)
    asked = station.last(Print).request
    grant = GrantReference(grant=asked, order=name, revision=1, tracking_numbers=(tracking,))
    station.answers(Granted(request=asked, grant=grant, epoch="e", decision=number))
    _passes(station, chance.uniform(0.8, 1.5))
    station.loop.take(PrintConfirmed(asked, Proof.PROCESS_ID))
    station.now += chance.uniform(0.001, 0.003)
    station.answers(Kept(request=station.last(Printed).request))


def _passes(station: Station, seconds: float) -> None:
    until = station.now + seconds
    while station.loop.due_s <= until:
        station.now = max(station.now, station.loop.due_s)
        station.loop.take(None)
    station.now = until


def _replay(path: Path) -> tuple[int, float]:
    """Events, and seconds that it took to decide them again."""
    recorded, player = Recorded(path), Player()
    began = time.process_time()
    played = [each.same for chapter in recorded.chapters() for each in player.play(recorded, chapter)]
    took_s = time.process_time() - began
    recorded.close()
    if not all(played):
        raise AssertionError("a decision was decided otherwise")
    return len(played), took_s


def _costs_us(path: Path) -> tuple[float, float]:
    """Of one decision: to have it recorded, which a print may wait for; and to encode it, which none does."""
    station = Station(path)
    station.packs()
    station.loop._write()
    rounds, each = 200, 50
    event = Scanned("hand", Code(ARTICLES[0], gtin=f"0{ARTICLES[0]}"))
    decided = step(station.loop.bench, event, station.loop.rules, Moment(9.0, str))
    recording, add_s, encode_s = station.loop.recording, [], []
    for _ in range(rounds):
        began = time.process_time()
        for _ in range(each):
            recording.add(event, 9.0, decided)
        added = time.process_time()
        recording.part(9.0)
        add_s.append((added - began) / each)
        encode_s.append((time.process_time() - added) / each)
    station.journal.close()
    return median(add_s) * 1e6, median(encode_s) * 1e6


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.performance.recording", description=__doc__)
    parser.add_argument("--parcels", type=int, default=1_000)
    parcels: int = parser.parse_args().parcels
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "recorded.db"
        recorded = day(path, parcels)
        without = unrecorded_day(Path(folder) / "not.db", parcels)
        events, replay_s = _replay(path)
        add_us, encode_us = _costs_us(Path(folder) / "costs.db")
    size = recorded.recorded_bytes
    print(f"events a parcel: {events / parcels:.1f}")
    print(f"recorded bytes a parcel: {size / parcels:.0f} ({size / events:.0f} an event)")
    for what, name in (("file", "file_bytes"), ("log", "log_bytes"), ("commits", "commits")):
        values = [getattr(each, name) / parcels for each in (recorded, without)]
        print(f"{what} a parcel: {values[0]:.1f}, not recorded {values[1]:.1f}")
    print(f"in the way of a print: {add_us:.2f} us a decision; out of it: {encode_us:.0f} us to encode one")
    print(f"replayed: {events / replay_s:.0f} events a second of processor time")


if __name__ == "__main__":
    main()
