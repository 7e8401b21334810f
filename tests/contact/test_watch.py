"""``station watch``, against a real desk."""

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from station.bench.core.devices import PrinterState
from station.clock import wall_clock
from station.contact.exits import Exit
from station.contact.words import PRINTER_STATES, shown_time
from station.protocol.codec import encode
from station.protocol.status import StationStatus
from station.protocol.topics import OutcomeOf, StatusOf
from tests.contact.bench_client import BenchClient
from tests.contact.orders import new_order, write_lines
from tests.sites import Listener, Site

pytestmark = pytest.mark.usefixtures("heard")


def next_line(watching: "subprocess.Popen[str]", word: str) -> str:
    """The next line with that word."""
    assert watching.stdout is not None
    for line in watching.stdout:
        if word in line:
            return line
    raise AssertionError(f"watch ended without {word!r}")


def test_everything_is_told_in_words_as_it_happens(
    site: Site, heard: Listener, bench: BenchClient, tmp_path: Path
) -> None:
    order = new_order()
    with site.running("watch") as watching:
        assert "デスク: 動作中 / desk: up" in next_line(watching, "desk")
        site.command("orders", "load", write_lines(tmp_path / "orders.jsonl", order))
        assert "revision 1 accepted" in next_line(watching, order.order)
        bench.printed(bench.ask_to_print(bench.open(order.order)).grant)
        shipped = next_line(watching, "shipment")
        assert f"{order.order}  出荷報告" in shipped
        assert order.tracking_numbers[0] in shipped
        site.command("hold", order.order, "--wait", "0.5")
        assert "looks for the parcel" in next_line(watching, order.order)
        topic = heard.topics.of(StatusOf(bench.station))
        named: dict[str, Any] = {"station": bench.station}
        for status, words in (
            (StationStatus(up=True, ready=True, printer="ready", desk=True, **named), "作業できます / "),
            (StationStatus(up=True, ready=True, printer="ready", desk=True, in_doubt=1, **named), "labels in doubt: 1"),
            (StationStatus(up=True, printer="paper_out", desk=True, **named), "プリンター 用紙切れ / "),
            (StationStatus(up=True, printer="ready", desk=True, scanners={"usb": False}, **named), "scanner usb not"),
            (StationStatus(up=True, printer="ready", **named), "not in touch with the desk"),
            (StationStatus(up=True, disk_full=True, **named), "disk full"),
            (StationStatus(up=True, damaged_journal="station.db.damaged-1", **named), "journal was damaged"),
            (StationStatus(station=bench.station, up=False), "down"),
        ):
            heard.publish(topic, encode(status))
            assert words in next_line(watching, f"{bench.station}: ")


def test_json_gives_each_message_with_its_topic_and_count_ends_it(site: Site) -> None:
    with site.running("watch", "--json", "--count", "2") as watching:
        assert json.loads(next_line(watching, "epoch"))["topic"] == f"{site.topics.prefix}/desk/status"
        site.command("hold", "T-watched", "--hold", "h1")
        told = json.loads(next_line(watching, "T-watched"))
        assert told["topic"] == site.topics.of(OutcomeOf("T-watched", "hold-h1"))
        assert told["message"]["outcome"] == "stopped"
        assert watching.wait(10) == Exit.IN_TIME


def test_the_time_in_front_is_when_it_was_heard_not_since_when_it_is_so(site: Site, everything: Listener) -> None:
    status = StationStatus(station="T-bench", up=True, since="2001-02-03T04:05:06+09:00")
    with site.running("watch") as watching:
        next_line(watching, "desk")
        before = shown_time(wall_clock())
        everything.publish(site.topics.of(StatusOf("T-bench")), encode(status))
        assert before <= next_line(watching, "T-bench")[: len(before)] <= shown_time(wall_clock())


def test_it_ends_after_a_time(site: Site) -> None:
    ended = site.command("watch", "--for", "0.3")
    assert ended.status == Exit.IN_TIME
    assert "desk: up" in ended.out


def test_it_ends_well_when_interrupted(site: Site) -> None:
    with site.running("watch") as watching:
        next_line(watching, "desk")
        watching.send_signal(signal.SIGINT)
        assert watching.wait(10) == Exit.IN_TIME
        assert watching.stderr is not None
        assert watching.stderr.read() == ""


def test_what_cannot_be_read_is_told_beside_and_ends_nothing(site: Site, everything: Listener) -> None:
    with site.running("watch", "--count", "2") as watching:
        next_line(watching, "desk")
        everything.publish(site.topics.of(OutcomeOf("T-1", "hold-x")), b"{")
        site.command("hold", "T-after", "--hold", "h1")
        next_line(watching, "T-after")
        assert watching.wait(10) == Exit.IN_TIME
        assert watching.stderr is not None
        assert "unreadable message" in watching.stderr.read()
    # What the test itself published is as little documented as it was meant to be.
    everything.seen[:] = [message for message in everything.seen if message.payload != b"{"]


def test_a_reader_that_leaves_ends_it_without_a_complaint(site: Site) -> None:
    with site.running("watch") as watching:
        next_line(watching, "desk")
        assert watching.stdout is not None
        watching.stdout.close()
        site.command("hold", "T-left", "--hold", "h1")
        assert watching.wait(10) == 128 + signal.SIGPIPE
        assert watching.stderr is not None
        assert watching.stderr.read() == ""


def test_a_terminal_without_japanese_shows_numbers_and_goes_on(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    with site.running("watch", "--count", "1") as watching:
        assert "\\u30c7" in next_line(watching, "desk: up")
        assert watching.wait(10) == Exit.IN_TIME


def test_every_state_of_a_printer_has_a_japanese_word() -> None:
    assert set(PRINTER_STATES) == set(PrinterState)
