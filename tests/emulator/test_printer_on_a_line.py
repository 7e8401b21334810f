"""The printer over real TCP and a real pseudo terminal: what a daemon meets, and every fault that it can be given."""

import hashlib
import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from escpos.escpos import Escpos
from escpos.printer import Dummy, Network, Serial
from PIL import Image
from zxingcpp import BarcodeFormat, read_barcodes

from station.emulator.model import Model
from station.emulator.server import EmulatedPrinter, Settings
from tests.emulator.hosts import Host
from tests.emulator.jobs import (
    CLEAR,
    CLEARED,
    CUT,
    READY,
    WATCH_ALL,
    label_job,
    noise,
    opened,
    process_reply,
    raster,
)

STATUS = b"\x10\x04\x01\x10\x04\x02\x10\x04\x03\x10\x04\x04"
FINE = b"\x12\x12\x12\x12"
OUT = b"\x1a\x32\x12\x7e"
REPLY = len(process_reply(b"0001"))
Connect = Callable[[], Host]


@pytest.fixture
def fast(tmp_path: Path) -> Settings:
    """A printer that prints at once, on TCP."""
    return Settings(out=tmp_path / "labels", tcp=("127.0.0.1", 0), speed_mm_s=0)


@pytest.fixture(params=["tcp", "pty"])
def lined(request: pytest.FixtureRequest, fast: Settings, tmp_path: Path) -> Iterator[tuple[EmulatedPrinter, Connect]]:
    """A fast printer on either line, and how a host gets onto it."""
    link = tmp_path / "printer"
    settings = fast if request.param == "tcp" else replace(fast, tcp=None, pty=link)
    with EmulatedPrinter(settings) as printer:
        if request.param == "tcp":
            yield printer, lambda: Host.on_tcp(printer.address)
        else:
            yield printer, lambda: Host.on_pty(link)


def status(printer: EmulatedPrinter) -> dict[str, object]:
    """The printer's own account."""
    answer = json.loads(printer.control("status"))
    assert isinstance(answer, dict)
    return answer


# Printing


def test_a_label_is_on_record_before_its_process_id_is_returned(
    lined: tuple[EmulatedPrinter, Connect], tmp_path: Path
) -> None:
    _, connect = lined
    host = connect()
    for n in range(1, 11):
        before_s = time.monotonic()
        assert host.ask(label_job(b"%04d" % n, seed=n), REPLY) == process_reply(b"%04d" % n)
        lines = (tmp_path / "labels" / "labels.jsonl").read_text().splitlines()
        record = json.loads(lines[-1])
        rows = opened(tmp_path / "labels", record["file"])
        assert len(lines) == record["n"] == n
        assert (record["complete"], record["torn"], record["width_dots"]) == (True, False, 576)
        assert before_s < record["not_before_s"] < time.monotonic()
        assert record["height_dots"] * 72 == len(rows)
        assert record["sha256"] == hashlib.sha256(rows).hexdigest()
        assert noise(200, n) + noise(200, n + 200) in rows
    host.close()


def test_without_pictures_records_are_kept_all_the_same(fast: Settings) -> None:
    with EmulatedPrinter(replace(fast, pictures=False)) as printer:
        Host.on_tcp(printer.address).ask(label_job(), REPLY)
        (record,) = printer.wait_for_labels(1)
        assert record.file is None
        assert [path.name for path in fast.out.iterdir()] == ["labels.jsonl"]


def test_a_second_run_goes_on_counting(fast: Settings) -> None:
    numbers = []
    for _ in range(2):
        with EmulatedPrinter(fast) as printer:
            Host.on_tcp(printer.address).ask(label_job(), REPLY)
            numbers += [record.n for record in printer.wait_for_labels(1)]
    assert numbers == [1, 2]


def test_a_host_may_send_its_job_and_hang_up(lined: tuple[EmulatedPrinter, Connect]) -> None:
    printer, connect = lined
    host = connect()
    host.send(label_job(rows=20))
    host.close()
    assert len(printer.wait_for_labels(1)) == 1


def test_hosts_come_and_go(lined: tuple[EmulatedPrinter, Connect]) -> None:
    _, connect = lined
    for _ in range(5):
        host = connect()
        assert host.ask(STATUS, 4) == FINE
        host.close()


def test_one_host_at_a_time_others_wait_unanswered(fast: Settings) -> None:
    with EmulatedPrinter(fast) as printer:
        first, second = Host.on_tcp(printer.address), Host.on_tcp(printer.address)
        second.send(STATUS)
        assert first.ask(STATUS, 4) == FINE
        assert not second.has_something_to_read
        first.close()
        assert second.read(4) == FINE


# Faults


@pytest.mark.parametrize(
    ("fault", "real_time", "unasked", "end"),
    [
        ("paper out", OUT, b"\x18\x00\x0f\x00", "paper in"),
        ("paper 10", b"\x12\x12\x12\x1e", b"\x10\x00\x03\x00", "paper in"),
        ("cover open", b"\x1a\x16\x12\x12", b"\x38\x00\x00\x00", "cover close"),
        ("offline", b"\x1a\x12\x12\x12", b"\x18\x00\x00\x00", "online"),
        ("error on", b"\x1a\x52\x32\x12", b"\x18\x20\x00\x00", "error off"),
    ],
)
def test_faults_are_told_when_they_come_when_asked_and_when_they_go(
    lined: tuple[EmulatedPrinter, Connect], fault: str, real_time: bytes, unasked: bytes, end: str
) -> None:
    printer, connect = lined
    host = connect()
    assert host.ask(WATCH_ALL, 4) == READY
    assert printer.control(fault) == "ok"
    assert host.read(4) == unasked
    assert host.ask(STATUS, 4) == real_time
    printer.control(end)
    assert host.read(4) == READY
    assert host.ask(STATUS, 4) == FINE


def test_a_held_job_is_printed_when_paper_returns(lined: tuple[EmulatedPrinter, Connect]) -> None:
    printer, connect = lined
    host = connect()
    printer.control("paper out")
    host.send(label_job(rows=40))
    assert host.ask(STATUS, 4) == OUT
    assert status(printer)["labels"] == 0
    printer.control("paper in")
    assert host.read(REPLY) == process_reply(b"0001")
    assert len(printer.wait_for_labels(1)) == 1


def test_paper_that_runs_out_in_mid_label_blocks_the_host_and_the_label_is_whole_when_it_returns(
    lined: tuple[EmulatedPrinter, Connect],
) -> None:
    printer, connect = lined
    host = connect()
    printer.control("paper 30")
    assert host.ask(WATCH_ALL, 4) == b"\x10\x00\x03\x00"
    sending = threading.Thread(target=host.send, args=[label_job(rows=800)[2:]])
    sending.start()
    assert host.read(4) == b"\x18\x00\x0f\x00"
    printer.wait_until(lambda machine: machine.receivable_bytes() == 0)
    printer.control("paper in")
    assert host.read(4 + REPLY) == READY + process_reply(b"0001")
    sending.join()
    (record,) = printer.wait_for_labels(1)
    assert record.height_dots == 800 + Model().cutter_distance_rows


def test_a_jammed_cutter_is_told_and_ends_when_it_is_free_and_the_host_recovers(
    lined: tuple[EmulatedPrinter, Connect],
) -> None:
    printer, connect = lined
    host = connect()
    host.ask(WATCH_ALL, 4)
    printer.control("cutter jam at cut")
    host.send(label_job(rows=40)[2:])
    assert host.read(4) == b"\x18\x08\x00\x00"
    assert host.ask(STATUS, 4) == b"\x1a\x52\x1a\x12"
    assert "DLE ENQ" in printer.control("cutter free")
    assert host.ask(b"\x10\x05\x01", 4 + REPLY) == READY + process_reply(b"0001")


def test_a_line_that_drops_in_mid_raster_leaves_the_printer_waiting_for_image_data(
    lined: tuple[EmulatedPrinter, Connect],
) -> None:
    printer, connect = lined
    host = connect()
    printer.control("drop line after 5000")
    host.send_until_it_is_cut(label_job())
    host.wait_until_closed()
    assert status(printer)["received_bytes"] == 5000
    assert status(printer)["waits_for_image"] is True
    after = connect()
    # The next job's first bytes are image data, and its process ID is never returned ...
    after.send(label_job(b"0002", rows=20))
    assert after.ask(STATUS, 4) == FINE
    assert status(printer)["labels"] == 0
    # ... until the buffers are cleared. What is on paper stays on it.
    assert after.ask(CLEAR, len(CLEARED)) == CLEARED
    assert after.ask(label_job(b"0003", rows=20), REPLY) == process_reply(b"0003")
    (record,) = printer.wait_for_labels(1)
    assert record.height_dots > 112 + 20 + 60


def test_the_line_drops_at_once(lined: tuple[EmulatedPrinter, Connect]) -> None:
    printer, connect = lined
    host = connect()
    assert host.ask(STATUS, 4) == FINE
    printer.control("drop line")
    host.wait_until_closed()
    assert connect().ask(STATUS, 4) == FINE


def test_a_silent_printer_answers_nothing(lined: tuple[EmulatedPrinter, Connect]) -> None:
    printer, connect = lined
    host = connect()
    printer.control("silent on")
    host.send(STATUS + CLEAR + label_job(rows=10))
    printer.wait_for_labels(1)
    printer.control("silent off")
    assert host.ask(b"\x10\x04\x01", 1) == b"\x12"
    assert not host.has_something_to_read


def test_power_lost_in_mid_label_leaves_a_torn_label_and_an_empty_printer(
    lined: tuple[EmulatedPrinter, Connect], tmp_path: Path
) -> None:
    printer, connect = lined
    host = connect()
    printer.control("power off after 5000")
    host.send_until_it_is_cut(label_job())
    host.wait_until_closed()
    with pytest.raises((ConnectionRefusedError, FileNotFoundError)):
        connect()
    assert status(printer)["powered"] is False
    printer.control("power on")
    (record,) = printer.wait_for_labels(1)
    rows = (5000 - 2 - 8) // 72
    assert (record.complete, record.torn, record.height_dots) == (False, True, rows + Model().cutter_distance_rows)
    assert opened(tmp_path / "labels", str(record.file)).endswith(noise(200)[: rows * 72])
    host = connect()
    assert host.ask(label_job(b"0002"), REPLY) == process_reply(b"0002")
    assert [record.torn for record in printer.wait_for_labels(2)] == [True, False]


def test_power_goes_and_comes_back_at_the_same_address(fast: Settings) -> None:
    with EmulatedPrinter(fast) as printer:
        address = printer.address
        host = Host.on_tcp(address)
        printer.control("power off")
        host.wait_until_closed()
        with pytest.raises(ConnectionRefusedError):
            Host.on_tcp(address)
        printer.control("power on")
        assert Host.on_tcp(address).ask(STATUS, 4) == FINE


def test_a_busy_printer_makes_the_host_wait(fast: Settings) -> None:
    with EmulatedPrinter(fast) as printer:
        printer.control("offline")
        with socket.create_connection(printer.address) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
            connection.settimeout(0.3)
            with pytest.raises(TimeoutError):
                connection.sendall(raster(noise(2000)))
            assert status(printer)["lost_bytes"] == 0
            assert int(str(status(printer)["buffered_bytes"])) <= 4096


def test_a_host_that_resets_its_connection_gives_way_to_the_next_although_the_printer_is_busy(fast: Settings) -> None:
    with EmulatedPrinter(fast) as printer:
        printer.control("paper out")
        with socket.create_connection(printer.address) as connection:
            connection.sendall(raster(noise(300)))
            printer.wait_until(lambda machine: machine.receivable_bytes() == 0)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        host = Host.on_tcp(printer.address)
        assert host.ask(STATUS, 4) == OUT
        assert host.ask(CLEAR, len(CLEARED)) == CLEARED
        printer.control("paper in")
        assert host.ask(label_job(), REPLY) == process_reply(b"0001")


def test_speed_is_in_millimetres_a_second(fast: Settings) -> None:
    with EmulatedPrinter(replace(fast, speed_mm_s=1)) as printer:
        host = Host.on_tcp(printer.address)
        host.send(label_job(rows=80))
        assert host.ask(STATUS, 4) == FINE
        assert status(printer)["labels"] == 0
        printer.control("speed 1000")
        assert host.read(REPLY) == process_reply(b"0001")


def test_words_that_do_not_exist_are_named_with_those_that_do(fast: Settings) -> None:
    with EmulatedPrinter(fast) as printer:
        for line in ("paper", "paper blue", "speed -1", "power off after nan", ""):
            with pytest.raises(ValueError, match=r"error: no such words: .*There are: paper out, paper in"):
                printer.control(line)


# The pseudo terminal


def test_the_pseudo_terminal_is_raw_before_any_host_sets_it(fast: Settings, tmp_path: Path) -> None:
    link = tmp_path / "printer"
    with EmulatedPrinter(replace(fast, tcp=None, pty=link)) as printer:
        fd = os.open(link, os.O_RDWR | os.O_NOCTTY)
        os.write(fd, b"\x10\x04\x01" + b"\x03\x04\r\n\x11\x13" + CUT)
        assert os.read(fd, 10) == b"\x12"
        os.close(fd)
        assert printer.control("power off") == "ok"
        assert not link.is_symlink()


def test_a_file_where_the_link_should_be_is_left_alone(fast: Settings, tmp_path: Path) -> None:
    (tmp_path / "printer").write_text("mine")
    with (
        pytest.raises(FileExistsError, match="is not a link"),
        EmulatedPrinter(replace(fast, tcp=None, pty=tmp_path / "printer")),
    ):
        pass
    assert (tmp_path / "printer").read_text() == "mine"


# An encoder that we did not write


def say_with_python_escpos(printer: Escpos) -> None:
    """Text, an image, a barcode and a QR code, as python-escpos sends them."""
    printer.hw("INIT")
    printer.textln("Hello 123")
    printer.image(Image.new("1", (200, 40), 0))
    printer.image(Image.new("1", (200, 40), 0), impl="graphics")
    printer.barcode("A123456B", "NW7", height=80, width=2, pos="BELOW", align_ct=False, function_type="B")
    printer.qr("https://example.com/42", native=True, size=6)
    printer.ln(3)
    printer.cut()


def test_what_python_escpos_sends_comes_out_over_tcp_and_pty(fast: Settings, tmp_path: Path) -> None:
    reference = Dummy()
    say_with_python_escpos(reference)
    link = tmp_path / "printer"
    pictures = []
    for settings in (fast, replace(fast, tcp=None, pty=link)):
        with EmulatedPrinter(settings) as printer:
            host = Network(*printer.address) if settings.tcp else Serial(str(link), timeout=0.2)
            say_with_python_escpos(host)
            assert host.is_online()
            assert host.paper_status() == 2
            (record,) = printer.wait_for_labels(1)
            assert status(printer)["received_bytes"] == len(reference.output) + 2 * len(b"\x10\x04\x01")
            pictures.append(record.sha256)
            host.close()
    assert pictures[0] == pictures[1]
    with Image.open(tmp_path / "labels" / "label-000001.png") as image:
        codes = {code.format: code.text for code in read_barcodes(image.convert("L"))}
    assert codes == {BarcodeFormat.Codabar: "A123456B", BarcodeFormat.QRCode: "https://example.com/42"}
