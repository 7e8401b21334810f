"""What is recorded of a day for ``station replay``: when it is written, how long it stays, and what never gets in."""

import dataclasses
import sqlite3
import typing
import zlib
from collections.abc import Iterator
from dataclasses import replace
from enum import Enum
from pathlib import Path
from types import UnionType

import msgspec
import pytest

from station.bench import recording
from station.bench.chapters import MAX_FORGOTTEN
from station.bench.core import machine
from station.bench.core.codes import Code
from station.bench.core.devices import Button, ButtonPressed, PrintConfirmed, Proof, Scanned, ScannerChanged
from station.bench.core.events import Event, LabelsDrawn
from station.bench.core.machine import Step
from station.bench.core.notices import Notice
from station.bench.core.state import Bench, Doubt, Identity, Idle, Intent, Scan, Supervised
from station.bench.loop import MAX_UNWRITTEN, RECORD_WITHIN_S, WRITE_WITHIN_S
from station.bench.recording import WORDS, Rest, at_rest, from_rest, is_at_rest
from station.bench.replay import Played, Player, Recorded
from station.protocol.hold import Hold
from station.protocol.instruction import PackerNote
from station.protocol.reply import Kept, Opened, Refusal, Refused
from station.protocol.request import GrantReference, Open, Printed
from station.protocol.topics import HoldOn
from tests.bench.test_loop import ITEM, SLIP, Station, on_disk
from tests.label.orders import PLAIN


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    """A station that has just started."""
    started = Station(tmp_path / "station.db")
    yield started
    started.journal.close()


def packs_and_prints(station: Station) -> None:
    """One whole order."""
    station.packs()
    station.loop.take(PrintConfirmed(station.granted(), Proof.PROCESS_ID))
    station.answers(Kept(request=station.last(Printed).request))


def pauses(station: Station) -> None:
    """Until all is written."""
    station.now += RECORD_WITHIN_S
    station.loop.take(None)
    station.now += RECORD_WITHIN_S
    station.loop.take(None)


def rows(station: Station) -> int:
    """How often something was recorded on disk."""
    ((count,),) = on_disk(station.path, "SELECT count(*) FROM recorded")
    assert isinstance(count, int)
    return count


def replayed(path: Path) -> list[Played]:
    """Every recorded event, decided again."""
    recorded, player = Recorded(path), Player()
    played = [each for chapter in recorded.chapters() for each in player.play(recorded, chapter)]
    recorded.close()
    return played


def in_plain(path: Path) -> bytes:
    """Everything that a journal's files hold, unpacked where it is packed: rows, freed pages, the log."""
    files = b"".join(each.read_bytes() for each in path.parent.iterdir())
    with sqlite3.connect(path) as db:
        chapters = [chapter for (chapter,) in db.execute("SELECT id FROM chapters").fetchall()]
        for chapter in chapters:
            sql = "SELECT body FROM recorded WHERE chapter = ? ORDER BY first_event"
            parts = b"".join(body for (body,) in db.execute(sql, (chapter,)))
            files += zlib.decompressobj().decompress(parts)
    db.close()
    return files


def test_every_event_of_an_order_is_decided_again_and_alike(station: Station) -> None:
    packs_and_prints(station)
    pauses(station)
    played = replayed(station.path)
    assert all(each.same for each in played)
    kinds = [each.kind for each in played]
    assert kinds[:3] == ["", "PrinterChanged", "LinkUp"]
    assert {"Welcomed", "Scanned", "OrderOpened", "LabelsDrawn", "Answered", "PrintConfirmed"} <= set(kinds)
    assert [each.number for each in played] == list(range(len(played)))


def test_nothing_is_encoded_or_written_between_the_last_scan_and_the_first_byte(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    station.packs()
    station.now += WRITE_WITHIN_S
    station.loop.take(None)
    written = rows(station)
    encoded: list[object] = []
    encode = recording.decision

    def counted(decided: Step | str) -> bytes:
        encoded.append(decided)
        return encode(decided)

    monkeypatch.setattr(recording, "decision", counted)
    at_first_byte: list[tuple[int, int]] = []

    def look(what: str) -> None:
        if what == "print":
            at_first_byte.append((rows(station), len(encoded)))

    station.world.looks = look
    station.granted()
    assert at_first_byte == [(written, 0)]
    pauses(station)
    assert encoded
    assert rows(station) > written


def test_decisions_are_recorded_with_the_commit_of_others_and_at_the_latest_after_some_seconds(
    station: Station,
) -> None:
    pauses(station)
    before = rows(station)
    station.loop.take(LabelsDrawn("nobody's", 1, 0))
    assert station.loop.due_s <= station.now + RECORD_WITHIN_S
    station.loop.take(Scanned("hand", Code(ITEM, gtin="0" + ITEM)))
    station.now += WRITE_WITHIN_S
    station.loop.take(None)
    assert rows(station) == before + 1
    station.loop.take(LabelsDrawn("nobody's", 1, 0))
    pauses(station)
    assert rows(station) == before + 2
    for _ in range(MAX_UNWRITTEN):
        station.loop.take(LabelsDrawn("nobody's", 1, 0))
    assert rows(station) == before + 3


def test_after_a_power_cut_the_run_ends_with_what_was_written_and_the_next_stands_alone(station: Station) -> None:
    station.packs()
    station.granted()
    station.journal.close()
    again = Station(station.path)
    again.connects()
    pauses(again)
    recorded = Recorded(station.path)
    runs = [(chapter.boot_number, chapter.first_event, chapter.ended) for chapter in recorded.chapters()]
    recorded.close()
    assert runs == [(1, 0, ""), (2, 0, "")]
    played = replayed(station.path)
    assert all(each.same for each in played)
    assert [each.kind for each in played].count("") == 2
    station.journal = again.journal


def test_a_start_is_on_disk_at_once_so_that_a_run_that_left_nothing_else_is_known(station: Station) -> None:
    assert on_disk(station.path, "SELECT boot_number, first_event FROM chapters") == [(1, 0)]
    assert [each.kind for each in replayed(station.path)] == [""]


def test_a_chapter_never_ends_while_an_order_is_open(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "MAX_CHAPTER_EVENTS", 1)
    station.packs()
    chapters = "SELECT count(*) FROM chapters"
    before = on_disk(station.path, chapters)
    for _ in range(3):
        station.now += WRITE_WITHIN_S
        station.loop.take(Scanned("hand", Code(f"A-{station.now}")))
    assert on_disk(station.path, chapters) == before
    assert all(each.same for each in replayed(station.path))


def test_a_long_run_goes_on_in_chapters_that_each_stand_alone(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "MAX_CHAPTER_EVENTS", 4)
    packs_and_prints(station)
    pauses(station)
    for _ in range(5):
        station.loop.take(ButtonPressed(Button.CANCEL))
        station.loop.take(ScannerChanged("hand", up=True))
        pauses(station)
    recorded = Recorded(station.path)
    chapters = recorded.chapters()
    assert len(chapters) > 2
    assert {chapter.ended for chapter in chapters[:-1]} == {"goes on"}
    assert chapters[1].first_event > 0
    whole = replayed(station.path)
    assert all(each.same for each in whole)
    later = [each for chapter in chapters[1:] for each in Player().play(recorded, chapter)]
    assert later == [each for each in whole if each.number >= chapters[1].first_event]
    recorded.close()


def test_a_decision_that_breaks_is_recorded_too(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object) -> None:
        raise AssertionError("a broken invariant that names 山田太郎")

    with monkeypatch.context() as broken:
        broken.setitem(machine._IN_ANY_SESSION, ButtonPressed, breaks)
        with pytest.raises(AssertionError):
            station.loop.take(ButtonPressed(Button.CANCEL))
        assert replayed(station.path)[-1].same
    last = replayed(station.path)[-1]
    assert not last.same
    assert msgspec.json.decode(last.then)["raised"] == "AssertionError"
    assert "山田".encode() not in in_plain(station.path)


def test_recordings_go_with_their_time_but_for_the_newest_and_a_few_at_a_time(station: Station) -> None:
    for _ in range(MAX_FORGOTTEN + 3):
        pauses(station)
        station.journal.close()
        station = Station(station.path, now=station.now)
    pauses(station)
    count = "SELECT count(*) FROM chapters"
    assert on_disk(station.path, count) == [(MAX_FORGOTTEN + 4,)]
    station.journal.forget(-(10**9))
    assert on_disk(station.path, count) == [(4,)]
    station.journal.forget(-(10**9))
    assert on_disk(station.path, count) == [(1,)]
    assert on_disk(station.path, "SELECT count(DISTINCT chapter) FROM recorded") == [(1,)]
    station.journal.close()


def test_recordings_for_which_there_is_no_room_go_the_oldest_first(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("station.bench.chapters.MAX_RECORDED_BYTES", 1)
    pauses(station)
    station.journal.close()
    again = Station(station.path)
    pauses(again)
    station.journal = again.journal
    again.journal.forget(10**9)
    assert on_disk(station.path, "SELECT boot_number FROM chapters") == [(2,)]


PERSONAL = (
    "大阪府豊中市曙町1-1",
    "090-1234-5678",
    "山田太郎",
    "お誕生日おめでとう花子",
    "MECARD:N:Hanako;TEL:0612345678;;",
)


def test_no_personal_data_are_in_a_journal_whatever_is_scanned_ordered_and_noted(station: Station) -> None:
    address, phone, name, gift, card = PERSONAL
    station.packs()
    station.loop.take(PrintConfirmed(station.granted(), Proof.PROCESS_ID))
    ship_to = msgspec.structs.replace(PLAIN.ship_to, lines=(address,), phone=phone, name=name)
    line = msgspec.structs.replace(PLAIN.lines[0], name=f"{name}'s cup")
    notes = (PackerNote(text=gift), PackerNote(text=f"for {name}", acknowledge=True))
    marked = msgspec.structs.replace(PLAIN, ship_to=ship_to, packer_notes=notes, lines=(line,), gift_note=gift)
    station.answers(Kept(request=station.last(Printed).request))
    station.now += 1.0
    station.loop.take(Scanned("hand", Code(SLIP)))
    station.answers(Opened(request=station.last(Open).request, order=PLAIN.order, instruction=marked))
    for scanned in (card, address, phone, f"http://example.jp/{name}", "A" * 65 + name, ITEM):
        station.now += 1.0
        station.loop.take(Scanned("hand", Code(scanned)))
    station.loop.take(ButtonPressed(Button.CANCEL))
    for scanned in (card, address):
        station.now += 1.0
        station.loop.take(Scanned("hand", Code(scanned)))
    pauses(station)
    assert all(each.same for each in replayed(station.path))
    plain = in_plain(station.path)
    assert PLAIN.order.encode() in plain
    for text in PERSONAL:
        for found in (text, text[:8]):
            assert found.encode() not in plain, found
            assert msgspec.json.encode(found)[1:-1] not in plain, found


def test_of_a_holds_note_and_author_the_recording_has_a_fingerprint_that_nothing_leads_back_from(
    station: Station,
) -> None:
    packs_and_prints(station)
    for hold, note in (("h1", "田中様 電話中"), ("h2", "田中様 電話中"), ("h3", "")):
        held = Hold(hold=hold, kind="other", state="active", note=note, by="operator Suzuki")
        station.hears(HoldOn(PLAIN.order, hold), held)
    pauses(station)
    played = [each for each in replayed(station.path) if each.kind == "HoldHeard"]
    assert all(each.same for each in played)
    first, second, none = (msgspec.json.decode(each.event)["hold"] for each in played)
    assert first["note"] == second["note"] != ""
    assert none["note"] == ""
    again = Station(station.path.with_name("other.db"))
    again.hears(HoldOn(PLAIN.order, "h1"), Hold(hold="h1", kind="other", state="active", note="田中様 電話中"))
    pauses(again)
    again.journal.close()
    assert first["note"].encode() not in in_plain(again.path)
    assert not any(b"Suzuki" in each.event + each.then for each in played)


CODES = {
    "GrantReference.content", "GrantReference.goods", "OrderFacts.goods", "OrderFacts.content",
    "Code.text", "Code.gtin", "Code.nw7", "Scanned.scanner", "ScannerChanged.scanner",
    "PrintConfirmed.grant", "PrintFailed.grant", "Welcome.request", "Welcome.epoch", "Welcome.incarnation",
    "Welcome.settled", "OrderOpened.incarnation", "GrantReference.grant", "GrantReference.order",
    "GrantReference.tracking_numbers", "Printed.request", "Printed.journal", "Printed.at", "Printed.packer",
    "Unknown.request", "Unknown.journal", "Unknown.at", "Unknown.packer", "NoLabel.request", "NoLabel.journal",
    "NoLabel.at", "NoLabel.packer", "NoLabel.open_in", "HeardHold.order", "Hold.hold", "Hold.at",
    "OrderOpened.request", "OrderFacts.order", "OrderFacts.slips", "OrderFacts.tracking_numbers", "LineFacts.codes",
    "HoldHeard.order", "JournalBehind.request", "JournalBehind.incarnation", "Granted.request", "Granted.incarnation",
    "Granted.epoch", "Kept.request", "Kept.incarnation", "Closed.request", "Closed.incarnation", "Closed.order",
    "Refused.request", "Refused.incarnation", "Refused.order", "Refused.station", "Refused.at",
    "Refused.tracking_numbers", "Refused.waits_for", "HelloNeeded.request", "HelloNeeded.incarnation",
    "NotUnderstood.request", "NotUnderstood.incarnation", "TakenOver.order", "TakenOver.station", "Settled.order",
    "Settled.grant", "LabelsDrawn.order", "LabelsImpossible.order", "Elements.lot", "Elements.serial",
    "Elements.expiry", "Unit.item", "Unit.lot", "Unit.serial", "Unit.expiry", "LineFacts.expires_from",
    "Refused.shipped_with",
    "Voided.request", "Voided.journal", "Voided.at",
    "Voided.packer", "Gone.request", "Gone.journal", "Gone.at", "Gone.packer", "CalledBack.request",
    "CalledBack.incarnation", "Recalls.epoch", "Settled.incarnation", "TakenOver.incarnation",
    "BadgeScanned.scanner", "BadgeScanned.holder", "BadgeRefused.scanner", "GrantReference.packer",
    "GrantReference.supervisor", "ScannedBack.request", "ScannedBack.journal", "ScannedBack.at", "ScannedBack.packer",
    "ScannedBack.supervisor",
}  # fmt: skip
"""Names and numbers of things, which identify no person to whom they are not known."""
TECHNICAL = {
    "ScannerChanged.detail", "PrinterChanged.detail", "PrintFailed.reason", "ClearFailed.reason", "LinkDown.reason",
    "Unknown.reason", "NotUnderstood.reason", "LabelsImpossible.reason",
}  # fmt: skip
"""What our own programs say of devices, lines and fields; never a field's content."""


def texts(kind: object) -> Iterator[str]:
    """Every field that holds text, in whatever a type is made of."""
    if isinstance(kind, type) and (dataclasses.is_dataclass(kind) or issubclass(kind, msgspec.Struct)):
        hints = typing.get_type_hints(kind)
        names = (
            kind.__struct_fields__ if issubclass(kind, msgspec.Struct) else [f.name for f in dataclasses.fields(kind)]
        )
        for name in names:
            yield from (found or f"{kind.__name__}.{name}" for found in texts(hints[name]))
    elif isinstance(kind, type) and not issubclass(kind, Enum) and issubclass(kind, str):
        yield ""
    elif isinstance(kind, UnionType) or typing.get_origin(kind) is not None:
        for argument in typing.get_args(kind):
            yield from texts(argument)


def test_every_text_in_an_event_is_known_to_be_a_code_technical_or_peoples_words() -> None:
    found = {name for kind in typing.get_args(Event) for name in texts(kind)}
    words = {name for name in found if name.split(".")[1] in WORDS}
    assert words == {"Hold.note", "Hold.by", "LineFacts.name", "OrderFacts.notes", "OrderFacts.to_acknowledge"}
    assert found - words == CODES | TECHNICAL


def test_a_refusal_that_brings_a_hold_is_recorded_without_its_words(station: Station) -> None:
    station.packs()
    held = Hold(hold="h1", kind="other", state="active", note="田中様 電話中")
    station.answers(Refused(request=station.world.said[-1].request, reason=Refusal.HELD, order="A-1", holds=(held,)))
    pauses(station)
    assert all(each.same for each in replayed(station.path))
    assert station.loop.bench.notice.key.value == "held_now"
    assert "田中".encode() not in in_plain(station.path)


IDENTITY = Identity(journal="j", boot="1-b", boot_number=1)
GRANT = GrantReference(grant="1-b.1", order="A-1", revision=1)


@pytest.mark.parametrize(
    ("bench", "rests"),
    [
        (Bench(IDENTITY), True),
        (Bench(IDENTITY, Idle(Intent.REPRINT)), True),
        (Bench(IDENTITY, Idle(Intent.REPRINT, "田中", 120.0)), False),
        (Bench(IDENTITY, Idle(Intent.TAKE_OVER, until=120.0)), False),
        (Bench(IDENTITY, scan_backs=(GRANT,)), False),
        (Bench(IDENTITY, doubts=(Doubt(GRANT),)), False),
    ],
)
def test_a_chapter_ends_only_where_the_next_one_can_begin_with_all_there_is(bench: Bench, rests: bool) -> None:
    assert is_at_rest(bench) is rests


def test_a_state_of_rest_comes_back_with_who_packs_and_whose_word_counts() -> None:
    bench = Bench(
        IDENTITY, packer="佐藤", supervised=Supervised("田中", 130.5), last_scans={"hand": Scan("PS-OK", 99.0)}
    )
    written = msgspec.json.encode(at_rest(bench))

    assert from_rest(msgspec.json.decode(written, type=Rest)) == replace(bench, notice=Notice(bench.notice.key))
