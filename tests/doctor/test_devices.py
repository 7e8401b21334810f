"""Scanners, key maps, serial ports, GPIO lines and the printer, each broken in turn."""

import errno
import fcntl
import os
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import msgspec
import pytest

from station.clock import elapsed_s
from station.commission.printer import asked
from station.devices.printer.kept import PrinterLock, keep, kept_beside
from station.devices.printer.probing import probe
from station.doctor import gpio, printing, scanners, serial_ports
from station.doctor.findings import Mark
from station.doctor.gpio import Chip
from station.emulator.model import Model
from station.emulator.server import EmulatedPrinter, Settings
from station.printers.answers import Answers
from station.upkeep.now import StationNow
from tests.doctor.conftest import HEADER
from tests.doctor.tree import DATA, FIXED, HAND, SERVICE, STATUS, Tree

OPEN_TO_ALL = 0o666
GRAB, READ_CHIP = scanners.grab_once, gpio.read_chip


def as_the_station_says(**words: object) -> StationNow:
    status = msgspec.structs.replace(STATUS, **words)
    return StationNow(at_s=elapsed_s(), doing="idle", broker=True, status=status)


@contextmanager
def holder(path: Path, *, locked: bool = False) -> Iterator[int]:
    """Another program that has a file open; its process id."""
    lock = "fcntl.flock(f, 2)" if locked else "0"
    program = f"import fcntl,sys,time; f=open(sys.argv[1],'rb',0); {lock}; print(1, flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            yield process.pid
        finally:
            process.kill()


# --- Scanners --------------------------------------------------------------------------------------------


def test_scanners_that_are_there_and_free_are_well(tree: Tree) -> None:
    assert tree.faults("scanner") == []
    assert f"hand: {HAND}, free" in tree.said("scanner")
    assert f"fixed: {FIXED}, free" in tree.said("scanner")


@pytest.mark.parametrize("device", [HAND, FIXED])
def test_a_scanner_that_is_not_plugged_in_is_named(tree: Tree, device: str) -> None:
    tree.remove(device)
    assert tree.faults("scanner") == [scanners.ABSENT]
    assert device in tree.said("scanner")


def test_a_keyboard_named_by_its_usb_id_is_looked_for(tree: Tree) -> None:
    tree.change(f'"{HAND}"', '"05f9:2204"')
    assert tree.faults("scanner") == [scanners.ABSENT]
    for event in ("event3", "event4"):
        tree.write(f"/sys/class/input/{event}/device/id/vendor", "05f9\n")
        tree.write(f"/sys/class/input/{event}/device/id/product", "2204\n")
        tree.write(f"/sys/class/input/{event}/device/capabilities/key", "ffe")
    assert tree.faults("scanner") == [scanners.AMBIGUOUS]


@pytest.mark.parametrize("device", [HAND, FIXED])
def test_a_file_in_a_scanners_place_is_no_scanner(tree: Tree, device: str) -> None:
    tree.remove(device)
    tree.write(device, "")
    assert tree.faults("scanner") == [scanners.KIND]
    assert f"is no {'keyboard' if device == HAND else 'serial port'}" in tree.said("scanner")


def test_an_input_device_without_digit_keys_is_no_scanner(tree: Tree) -> None:
    tree.say_digits(HAND, "0 0 0 1680")  # a volume control
    assert tree.faults("scanner") == [scanners.KIND]


def test_a_device_that_cannot_be_grabbed_is_no_keyboard(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanners, "grab_once", GRAB)  # of a pty
    assert tree.faults("scanner") == [scanners.KIND]


@pytest.mark.parametrize("device", [HAND, FIXED])
def test_a_user_without_the_group_is_told_before_the_station_is(tree: Tree, device: str) -> None:
    tree.be_somebody_else()
    group = tree.path(device).stat().st_gid
    other = FIXED if device == HAND else HAND
    tree.path(other).chmod(OPEN_TO_ALL)
    tree.path(device).chmod(0o660)
    assert tree.faults("scanner") == [scanners.FORBIDDEN]
    assert "packing-station may not" in tree.said("scanner")
    tree.write("/etc/group", f"input:x:{group}:\n")  # which the unit has
    assert tree.faults("scanner") == []


def test_a_group_that_the_unit_does_not_have_gives_no_permission(tree: Tree) -> None:
    tree.be_somebody_else()
    tree.path(HAND).chmod(0o660)
    tree.path(FIXED).chmod(OPEN_TO_ALL)
    tree.write("/etc/group", f"input:x:{tree.path(HAND).stat().st_gid}:\n")
    tree.replace(SERVICE, "SupplementaryGroups=input dialout lp gpio", "SupplementaryGroups=dialout")
    assert tree.faults("scanner") == [scanners.FORBIDDEN]


def test_a_keyboard_that_another_program_has_grabbed_is_named_with_it(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    def grabbed(_path: Path) -> None:
        raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))

    monkeypatch.setattr(scanners, "grab_once", grabbed)
    with holder(tree.path(HAND)) as pid:
        tree.show_process(pid)
        assert tree.faults("scanner") == [scanners.BUSY]
        assert f"python ({pid})" in tree.said("scanner").replace("python3", "python")


def test_a_serial_port_that_another_program_has_open_is_named_with_it(tree: Tree) -> None:
    with holder(tree.path(FIXED)) as pid:
        tree.show_process(pid)
        assert tree.faults("scanner") == [scanners.BUSY]
        assert f"({pid})" in tree.said("scanner")


def test_a_lock_on_a_port_is_seen_though_its_holder_is_not(tree: Tree) -> None:
    with holder(tree.path(FIXED), locked=True):
        assert tree.faults("scanner") == [scanners.BUSY]
        assert "a process of another user" in tree.said("scanner")


def test_a_port_that_this_user_may_not_open_was_not_tried(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_path: Path) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(scanners, "grab_once", refused)
    assert tree.faults("scanner") == [scanners.UNSEEN]


def test_a_scanner_that_fails_otherwise_is_said_as_it_is(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_path: Path) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(scanners, "grab_once", fails)
    assert tree.faults("scanner") == [scanners.BROKEN]


def test_a_missing_library_is_named(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanners, "find_spec", lambda _name: None)
    assert tree.faults("scanner") == [scanners.LIBRARY]


def test_what_the_running_station_holds_is_no_fault_and_is_not_touched(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanners, "grab_once", lambda _path: pytest.fail("it was touched"))
    monkeypatch.setattr(scanners, "open_port", lambda _config: pytest.fail("it was touched"))
    with tree.running():
        assert tree.faults("scanner") == []
        assert tree.said("scanner").count("held by the station") == 2


def test_a_scanner_that_the_running_station_has_lost_is_a_fault(tree: Tree) -> None:
    with tree.running(as_the_station_says(scanners={"hand": False, "fixed": True})):
        assert tree.faults("scanner") == [scanners.DOWN]
        with holder(tree.path(HAND)) as pid:
            tree.show_process(pid)
            assert tree.faults("scanner") == [scanners.BUSY]


def test_a_layout_of_ones_own_is_read(tree: Tree) -> None:
    assert tree.faults("keymap") == []
    assert "hand: JP" in tree.said("keymap")
    tree.change('layout = "jp"', 'layout = "/etc/packing-station/de.toml"')
    tree.write("/etc/packing-station/de.toml", 'name = "DE"\n[[rows]]\nfirst = 2\nplain = "12"\nshifted = "!2"\n')
    assert tree.faults("keymap") == [scanners.KEYMAP]
    assert "no key has" in tree.said("keymap")


# --- Serial ports ----------------------------------------------------------------------------------------


def tty(tree: Tree) -> str:
    return tree.path(FIXED).resolve().name


def test_a_console_on_a_scanners_port_is_found_where_the_kernel_shows_it(tree: Tree) -> None:
    assert tree.faults("serial") == []
    tree.write("/sys/class/tty/console/active", f"tty1 {tty(tree)}\n")
    assert tree.faults("serial") == [serial_ports.CONSOLE]
    tree.write("/sys/class/tty/console/active", "tty1\n")
    tree.write("/proc/cmdline", f"console={tty(tree)},115200 root=/dev/x\n")
    assert tree.faults("serial") == [serial_ports.CONSOLE]


def test_a_login_on_a_scanners_port_is_found_as_a_unit_and_as_a_process(tree: Tree) -> None:
    unit = tree.write(f"/etc/systemd/system/getty.target.wants/serial-getty@{tty(tree)}.service", "")
    assert tree.faults("serial") == [serial_ports.LOGIN]
    unit.unlink()
    tree.write("/proc/76/cmdline", "\0".join(["/usr/bin/screen", tty(tree)]))
    tree.write("/proc/75/cmdline", "\0".join(["/sbin/agetty", "-o", "-p", "tty1", "vt220"]))
    assert tree.faults("serial") == []
    tree.write("/proc/77/cmdline", "\0".join(["/sbin/agetty", "-o", "-p", tty(tree), "vt220"]))
    assert tree.faults("serial") == [serial_ports.LOGIN]


def test_without_a_serial_device_there_is_nothing_to_see(tree: Tree) -> None:
    assert "no console on it" in tree.said("serial")
    tree.change(f'[[scanners]]\nkind = "serial"\nname = "fixed"\nport = "{FIXED}"\n', "")
    assert [finding.mark for finding in tree.examine("serial")] == [Mark.NOT_HERE]


def test_a_serial_printers_port_is_looked_at_too(tree: Tree) -> None:
    tree.make_device("/dev/ttyUSB7")
    tree.printer = 'connection = "serial"\nport = "/dev/ttyUSB7"'
    tree.write("/proc/cmdline", f"console={tree.path('/dev/ttyUSB7').resolve().name}\n")
    assert tree.faults("serial") == [serial_ports.CONSOLE]
    assert "printer: the kernel" in tree.said("serial")


# --- GPIO ------------------------------------------------------------------------------------------------


def test_free_lines_are_well_and_so_are_those_that_the_station_holds(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tree.faults("gpio") == []
    assert tree.said("gpio").count(", free") == 6
    monkeypatch.setattr(gpio, "read_chip", lambda _node: Chip("pinctrl-rp1", 54, dict.fromkeys((17, 22, 27), "lg")))
    assert tree.faults("gpio") == [gpio.CLAIMED] * 3
    with tree.running():
        assert tree.faults("gpio") == []
        assert tree.said("gpio").count("held by the station") == 3


def test_a_claimed_line_is_told_with_its_holder(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpio, "read_chip", lambda _node: Chip("pinctrl-bcm2711", 58, {22: "spi0 CS1"}))
    with tree.running():
        assert tree.faults("gpio") == [gpio.CLAIMED]
        assert "green: GPIO 22 is claimed by spi0 CS1" in tree.said("gpio")


def test_the_chip_of_the_header_is_chosen_among_several(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    tree.make_device("/dev/gpiochip4")
    labels = {"gpiochip0": Chip("gpio-brcmstb", 32, {17: "x"}), "gpiochip4": Chip("pinctrl-rp1", 54, {})}
    monkeypatch.setattr(gpio, "read_chip", lambda node: labels[node.name])
    assert tree.faults("gpio") == []
    tree.change("red = 17", "red = 17\nchip = 0")
    assert tree.faults("gpio") == [gpio.CLAIMED]


def test_a_chip_that_is_not_there_or_is_none_or_too_small_is_said(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpio, "read_chip", lambda _node: Chip("x", 20, {}))
    assert tree.faults("gpio") == [gpio.BEYOND] * 5
    monkeypatch.setattr(gpio, "read_chip", READ_CHIP)  # of a pty
    assert tree.faults("gpio") == [gpio.NOT_GPIO]
    tree.remove("/dev/gpiochip0")
    assert tree.faults("gpio") == [gpio.NO_CHIP]


def test_a_chip_that_may_not_be_opened_is_said(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    tree.be_somebody_else()
    tree.path("/dev/gpiochip0").chmod(0o660)
    assert tree.faults("gpio") == [gpio.FORBIDDEN]

    def refused(node: Path) -> Chip:
        raise PermissionError(errno.EACCES, "", str(node))

    monkeypatch.setattr(gpio, "read_chip", refused)
    assert tree.faults("gpio") == [gpio.UNSEEN]


def test_without_the_libraries_there_is_no_panel(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpio, "find_spec", lambda name: None if name == "lgpio" else name)
    assert tree.faults("gpio") == [gpio.LIBRARY]
    assert "lgpio is not installed" in tree.said("gpio")


def test_the_kernels_answer_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """struct gpiochip_info and gpio_v2_line_info, as a Pi's kernel fills them in."""

    def answered(_descriptor: int, request: int, given: bytes) -> bytes:
        if request == 0x8044B401:
            return struct.pack("=32s32sI", b"gpiochip0", b"pinctrl-bcm2711", 4)
        number = struct.unpack_from("=I", given, 64)[0]
        consumer, flags = {1: (b"lg", 0b1001), 2: (b"", 0b0101)}.get(number, (b"old", 0b0100))
        return struct.pack("=32s32sIIQ160s16x", b"GPIO", consumer, number, 0, flags, b"")

    monkeypatch.setattr(fcntl, "ioctl", answered)
    assert READ_CHIP(Path("/dev/null")) == Chip("pinctrl-bcm2711", 4, {1: "lg", 2: "the kernel"})


# --- Printer ---------------------------------------------------------------------------------------------


@pytest.fixture
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("station.commission.printer.probe", partial(probe, answer_s=0.3))


@contextmanager
def emulated(tree: Tree, *, model: str = "tm-l90", configured: str = "tm-l90") -> Iterator[EmulatedPrinter]:
    settings = Settings(
        out=tree.folder / "labels", tcp=("127.0.0.1", 0), speed_mm_s=0, model=Model.of(model), roll_mm=5000
    )
    with EmulatedPrinter(settings) as printer:
        host, port = printer.address
        tree.printer = f'connection = "tcp"\nhost = "{host}"\nport = {port}\nmodel = "{configured}"'
        yield printer


def kept(tree: Tree, **words: object) -> None:
    answers = Answers(
        probed_at="2026-11-22T00:00:00+00:00",
        place="printer",
        model="tm-l90",
        model_id=0x20,
        type_id=0x03,
        firmware="1.00 ESC/POS",
        maker="EPSON",
        name="TM-L90",
        serial_number="EMULATOR",
        language="KANJI JAPANESE",
        real_time_status=True,
        status_back=True,
        paper_status=True,
        process_id=True,
        cut_count=0,
        clear_buffers=True,
        paper_near_end=False,
    )
    keep(kept_beside(tree.path(f"{DATA}/station.db")), msgspec.structs.replace(answers, **words))


@pytest.mark.usefixtures("_quick")
def test_a_printer_that_answers_as_it_did_is_well_and_prints_nothing(tree: Tree) -> None:
    with emulated(tree) as printer:
        assert tree.faults("printer") == [printing.NEVER_PROBED]
        assert not kept_beside(tree.path(f"{DATA}/station.db")).exists()
        kept(tree)
        assert tree.faults("printer") == []
        assert "TM-L90, ready" in tree.said("printer")
        kept(tree, serial_number="ANOTHER")
        assert tree.faults("printer") == [printing.CHANGED]
        assert printer.wait_for_labels(0) == []


@pytest.mark.usefixtures("_quick")
def test_another_printer_than_configured_is_told(tree: Tree) -> None:
    with emulated(tree, model="tm-t90"):
        assert tree.faults("printer") == [printing.OTHER_MODEL]


@pytest.mark.usefixtures("_quick")
def test_a_printer_that_cannot_what_its_record_says_is_told(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = asked
    monkeypatch.setattr(printing, "asked", lambda config: msgspec.structs.replace(answers(config), process_id=False))
    with emulated(tree):
        assert tree.faults("printer") == [printing.DIFFERS]
        assert "process ID (GS ( H) no, record yes" in tree.said("printer")


@pytest.mark.usefixtures("_quick")
def test_a_printer_without_paper_is_told_with_a_remedy(tree: Tree) -> None:
    with emulated(tree) as printer:
        printer.control("paper out")
        assert tree.faults("printer") == [printing.NO_ANSWER]
        assert "the roll is at its end). Put that right" in tree.said("printer")


@pytest.mark.usefixtures("_quick")
def test_paper_near_its_end_is_a_note(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = asked
    monkeypatch.setattr(printing, "asked", lambda config: msgspec.structs.replace(answers(config), paper_near_end=True))
    kept(tree)
    with emulated(tree):
        assert tree.faults("printer") == [printing.PAPER]


def test_a_printer_that_nobody_answers_for_is_told(tree: Tree) -> None:
    assert tree.faults("printer") == [printing.NO_ANSWER]
    assert "127.0.0.1:1" in tree.said("printer")


def test_a_printer_in_another_programs_hands_is_left_alone(tree: Tree) -> None:
    with PrinterLock(tree.path(f"{DATA}/station.db")):
        assert tree.faults("printer") == [printing.TAKEN]


def test_a_printer_that_this_user_may_not_ask_was_not_looked_at(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_config: object) -> Answers:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(printing, "asked", refused)
    assert tree.faults("printer") == [printing.UNSEEN]


def test_a_printers_device_file_is_looked_at_before_it_is_opened(tree: Tree) -> None:
    tree.printer = 'connection = "file"\npath = "/dev/usb/lp0"'
    assert tree.faults("printer") == [printing.ABSENT]
    tree.write("/dev/usb/lp0", "")
    assert tree.faults("printer") == [printing.KIND]
    tree.make_device("/dev/usb/lp0")
    tree.path("/dev/usb/lp0").chmod(0o660)
    tree.be_somebody_else()
    assert tree.faults("printer") == [printing.FORBIDDEN]


def test_a_printer_bound_to_a_usb_port_is_found_by_it(tree: Tree) -> None:
    tree.printer = 'connection = "file"\nport = "1-1.2"'
    assert tree.faults("printer") == [printing.ABSENT]
    tree.write("/sys/devices/usb/1-1.2/1-1.2:1.0/x", "")
    tree.path("/sys/class/usbmisc/lp0").mkdir(parents=True)
    tree.path("/sys/class/usbmisc/lp0/device").symlink_to(tree.path("/sys/devices/usb/1-1.2/1-1.2:1.0"))
    tree.make_device("/dev/usb/lp0")
    with tree.running():
        assert tree.faults("printer") == []


def test_while_the_station_runs_its_word_on_the_printer_counts(tree: Tree) -> None:
    with emulated(tree) as printer:
        with tree.running():
            assert tree.faults("printer") == []
            assert "ready, held by the station" in tree.said("printer")
        for state, words in (("paper_out", "the station says paper_out"), ("", "the station says nothing yet")):
            with tree.running(as_the_station_says(printer=state)):
                assert tree.faults("printer") == [printing.NOT_READY]
                assert words in tree.said("printer")
        with tree.running(as_the_station_says(paper_near_end=True)):
            assert tree.faults("printer") == [printing.PAPER]
        time.sleep(0.1)
        printer.wait_until(lambda each: each.received_bytes == 0)


def test_what_could_not_be_looked_at_is_marked_so() -> None:
    assert {fault.mark for fault in (scanners.UNSEEN, gpio.UNSEEN, printing.UNSEEN, printing.TAKEN)} == {Mark.UNSEEN}
    assert HEADER.claimed
