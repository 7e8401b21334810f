"""The same bytes on two emulated printers: ours, and emupos, which others wrote from Epson's ESC/POS reference.

What the label encoder sends, and all that both know of images, motion and status, comes out the same dot for dot
and bit for bit. They differ, as far as known, in this:

- Feeds behind a label's last dot, the way from print head to cutter among them: emupos drops them.
- GS P: emupos counts in dots whatever the host asks for. Ours does so because every job asks for dots; without that
  its unit is half a dot, as on the Japanese models.
- The line spacing after ESC @ is a sixth of an inch on ours, 34 rows, and 30 rows on emupos: the models differ.
- GS v 0 behind text: ours prints no image, for the reference has the command effective only while the print buffer
  is empty. emupos prints the text's line first.
- Real-time commands inside image data: emupos takes them for dots. Ours acts on them, as real printers do.
- Characters of different height, and images beside characters: ours stand on one base line, three rows of a character
  below it, as Epson's manuals have it. emupos puts the lower edges on one line.
- Reversed characters: ours are black in the spaces of ESC SP, too (SNBC's BTP-2002NP manual, GS B).
- emupos has no NW-7 (GS k), kanji, process ID (GS ( H) or maintenance counter (GS g 2), and letters of its own.
- emupos has no page mode: it reads its commands to their ends and does nothing. FF, FS C and FS S it does not know.
  So of a native label it can confirm where each command that it knows begins and ends, and of what the label consists
  the sizes, places and colours of characters, bit images and QR codes, each outside of page mode.
"""

import random
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any

import pytest
import zxingcpp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from station.demo.samples import sample_orders
from station.emulator.commands import find, needed_length
from station.emulator.operations import Finding
from station.emulator.status import Condition, automatic_status, real_time_status
from station.label.content import label_content
from station.label.layouts import LAYOUTS
from station.label.press import LabelPress
from station.label.rendering import Kind, Rendering, render
from station.label.rom import rom_of
from station.printers.models import record_of
from station.protocol.instruction import Instruction
from tests.emulator.jobs import CUT, DOT_UNITS, INITIALIZE, WATCH_ALL, noise, nw7, picture, printed, qr, raster
from tests.label.orders import instructions, order, pieces

_NEEDED = "emupos needs Python 3.13"
emupos = pytest.importorskip("emupos.printer.printer", reason=_NEEDED)
tokenizer = pytest.importorskip("emupos.printer.escpos.tokenizer", reason=_NEEDED)
_PROFILE = pytest.importorskip("emupos.config", reason=_NEEDED).demo_config().printer_profile("front")
_HOST = "host"


class _Emupos:
    """emupos' Epson TM-T20III: 576 dots at 203 dpi, as our printer."""

    def __init__(self) -> None:
        self._printer = emupos.Printer("printer", _PROFILE, sensor_open_level="high", job_idle_timeout_ms=1000)
        self._printer.open_connection(_HOST, 0)
        self.without_effect: list[Any] = []

    def labels(self, job: bytes) -> list[Image.Image]:
        """What is cut off, black on white."""
        output = self._printer.receive(_HOST, job, 0)
        self.without_effect += output.events
        return [Image.open(BytesIO(receipt.png)) for receipt in output.receipts]

    def replies(self, request: bytes) -> bytes:
        return self._sent(self._printer.receive(_HOST, request, 0))

    def fail(self, fault: str) -> bytes:
        """What it sends of itself when that happens."""
        return self._sent(self._printer.set_fault(emupos.PrinterFault(fault), True, 0))

    def _sent(self, output: Any) -> bytes:
        return b"".join(write.data for write in output.writes)


class _Ours:
    """Our printer, with its cutter at the print head."""

    def __init__(self) -> None:
        self.without_effect: list[Finding] = []

    def labels(self, job: bytes) -> list[Image.Image]:
        """What is cut off, black on white."""
        labels, requests = printed(job)
        self.without_effect += [request for request in requests if isinstance(request, Finding)]
        assert not any(label.torn for label in labels)
        return [picture(label) for label in labels]


def _to_the_last_dot(labels: list[Image.Image]) -> list[tuple[int, int, bytes]]:
    """Each label that has a dot at all: width, height and dots, without the blank paper at its end."""
    inked = [ImageChops.invert(label.convert("L")) for label in labels]
    boxes = [(label, label.getbbox()) for label in inked]
    shortened = [label.crop((0, 0, label.width, box[3])) for label, box in boxes if box is not None]
    return [(label.width, label.height, label.tobytes()) for label in shortened]


def _assert_the_same_on_both(job: bytes) -> list[Image.Image]:
    theirs, ours = _Emupos(), _Ours()
    labels = theirs.labels(job)
    same = _to_the_last_dot(labels) == _to_the_last_dot(ours.labels(job))
    assert same, f"emupos prints another label: {job[:200].hex(' ')}"
    assert not theirs.without_effect
    assert not ours.without_effect
    return labels


def _assert_labels_are_the_same_and_read(press: LabelPress, instruction: Instruction, reprint: int) -> None:
    labels = _assert_the_same_on_both(press.job(instruction, reprint).data)
    assert len(labels) == len(instruction.pieces)
    for piece, label in enumerate(labels, start=1):
        content = label_content(instruction, piece, reprint, {})
        read = {str(code.format): code.text for code in zxingcpp.read_barcodes(label.convert("L"))}
        assert read == {"Codabar": content.nw7, "QR Code": str(content.scan_back)}
        assert instruction.pieces[piece - 1].tracking_number in content.nw7


@pytest.mark.parametrize("kind", [Kind.BANDS, Kind.STRIPES])
@pytest.mark.parametrize("instruction", [pytest.param(sample, id=sample.order) for sample in sample_orders()])
def test_every_sample_comes_out_of_emupos_as_out_of_ours_and_its_codes_are_read(
    press: LabelPress, instruction: Instruction, kind: Kind
) -> None:
    rendered = LabelPress(press._typeface, LAYOUTS["80x100"], {}, rendering=Rendering(kind))
    _assert_labels_are_the_same_and_read(rendered, instruction, 0)


def test_pieces_and_reprints_come_out_of_emupos_as_out_of_ours(press: LabelPress) -> None:
    _assert_labels_are_the_same_and_read(press, order(pieces=pieces(3), sort_code="13-02145"), 2)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(instruction=instructions(line_size=25, max_lines=3, name_size=36))
def test_generated_labels_come_out_of_emupos_as_out_of_ours(press: LabelPress, instruction: Instruction) -> None:
    _assert_labels_are_the_same_and_read(press, instruction, 0)


_START = INITIALIZE + DOT_UNITS + b"\x1b3\x18"
"""With ESC 3 24, for the line spacings after ESC @ differ."""


def _raster(mode: int, row_bytes: int, rows: int, seed: int) -> bytes:
    """GS v 0 of any width."""
    dots = random.Random(seed).randbytes(row_bytes * rows)
    return b"\x1dv0" + bytes([mode, row_bytes, 0, rows, 0]) + dots


def _graphics(scale: tuple[int, int], width: int, rows: int, seed: int) -> bytes:
    """GS ( L functions 112 and 50."""
    dots = random.Random(seed).randbytes((width + 7) // 8 * rows)
    header = b"\x30\x70\x30" + bytes([*scale, 0x31]) + width.to_bytes(2, "little") + rows.to_bytes(2, "little")
    stored = header + dots
    return b"\x1d(L" + len(stored).to_bytes(2, "little") + stored + b"\x1d(L\x02\x00\x30\x32"


def _any_of(command: bytes, parameters: Iterable[int]) -> st.SearchStrategy[bytes]:
    return st.sampled_from([command + bytes([parameter]) for parameter in parameters])


_SEEDS = st.integers(0, 1 << 32)
_FACTORS = st.sampled_from([1, 2])


def _bit_image(mode: int, columns: int, left: int, seed: int) -> bytes:
    """ESC * at a place on the line."""
    dots = random.Random(seed).randbytes(columns * (3 if mode & 32 else 1))
    return b"\x1b$" + left.to_bytes(2, "little") + b"\x1b*" + bytes([mode, columns, 0]) + dots


def _black_cells(width: int, height: int, count: int, left: int) -> bytes:
    """Reversed blanks: characters without the letters, in which the two differ."""
    size = b"\x1d!" + bytes([(width - 1) << 4 | height - 1])
    return b"\x1dB\x01" + size + b"\x1b$" + left.to_bytes(2, "little") + b" " * count + b"\x1d!\x00\x1dB\x00\n"


_COMMANDS = st.one_of(
    st.builds(
        lambda mode, columns, seed: (
            _bit_image(mode, columns, 0, seed) + _bit_image(mode, columns, 300, seed + 1) + b"\n"
        ),
        st.sampled_from([0, 1, 32, 33]),
        st.integers(1, 130),
        _SEEDS,
    ),
    st.builds(_black_cells, st.integers(1, 8), st.integers(1, 8), st.integers(1, 50), st.integers(0, 500)),
    st.builds(_raster, st.sampled_from([0, 1, 2, 3, 48, 49, 50, 51]), st.integers(1, 80), st.integers(1, 20), _SEEDS),
    st.builds(_graphics, st.tuples(_FACTORS, _FACTORS), st.integers(1, 288), st.integers(1, 20), _SEEDS),
    _any_of(b"\x1bJ", range(256)),
    _any_of(b"\x1bd", range(10)),
    _any_of(b"\x1ba", [0, 1, 2, 48, 49, 50]),
    st.sampled_from([_START, b"\n", b"\x1dV\x00", b"\x1dV1", CUT]),
)


@settings(max_examples=200, deadline=None)
@given(commands=st.lists(_COMMANDS, max_size=12))
def test_images_feeds_and_cuts_in_any_order_come_out_the_same(commands: list[bytes]) -> None:
    _assert_the_same_on_both(_START + b"".join(commands) + CUT)


def test_a_qr_code_drawn_by_either_printer_reads_the_same() -> None:
    text = "A-1001/2/0/1"
    job = _START + b"\x1bJ\x40\x1ba1" + qr(text.encode()) + CUT
    for printer in (_Emupos(), _Ours()):
        (label,) = printer.labels(job)
        page = Image.new("L", (576, 800), 255)
        page.paste(label.convert("L"))
        assert [code.text for code in zxingcpp.read_barcodes(page)] == [text]


_FAULTS = {
    "cover-open": Condition(cover_open=True),
    "paper-out": Condition(paper_out=True),
    "paper-near-end": Condition(paper_near_end=True),
    "offline": Condition(switched_offline=True),
}


@pytest.mark.parametrize("fault", _FAULTS)
def test_both_say_the_same_of_cover_paper_and_line(fault: str) -> None:
    theirs, ours = _Emupos(), _FAULTS[fault]
    assert theirs.replies(WATCH_ALL) == automatic_status(Condition())
    assert theirs.fail(fault) == automatic_status(ours)
    for which in range(1, 5):
        assert theirs.replies(b"\x10\x04" + bytes([which])) == real_time_status(ours, which)


_IMAGE = raster(noise(8))


@pytest.mark.parametrize(
    ("job", "ours", "theirs"),
    [
        pytest.param(
            INITIALIZE + _IMAGE + b"\x1bJ\x08" + _IMAGE + CUT, [8 + 4 + 8], [8 + 8 + 8], id="feed without GS P"
        ),
        pytest.param(_START + b" " + _IMAGE + b"\n" + CUT, [], [24 + 8], id="GS v 0 behind text"),
        pytest.param(_START + nw7(b"A490000010010A") + CUT, [162], [], id="NW-7"),
        pytest.param(
            _START + b"\x1dB\x01\x1b*\x21\x08\x00" + b"\xff" * 24 + b"   \n" + CUT, [27], [24], id="image beside text"
        ),
    ],
)
def test_where_they_differ_it_is_as_said_above(job: bytes, ours: list[int], theirs: list[int]) -> None:
    heights = [[height for _, height, _ in _to_the_last_dot(one.labels(job))] for one in (_Ours(), _Emupos())]
    assert heights == [ours, theirs]


def test_reversed_characters_of_different_height_stand_on_the_base_line_only_with_ours() -> None:
    job = _START + b"\x1dB\x01\x1d!\x01 \x1d!\x00 \n" + CUT
    boxes = []
    for printer in (_Ours(), _Emupos()):
        (label,) = printer.labels(job)
        boxes.append(ImageChops.invert(label.convert("L")).crop((12, 0, 24, 48)).getbbox())
    assert boxes == [(0, 21, 12, 45), (0, 24, 12, 48)]


# Where commands begin and end

_UNKNOWN_TO_EMUPOS = {"FF", "FS C", "FS S"}


def _ours_read(job: bytes) -> Iterator[tuple[int, str, bytes]]:
    """Where each command of ours begins, its name and its bytes; text is left out."""
    at = 0
    while at < len(job):
        if job[at] >= 0x20:
            at += 1
            continue
        size = 1
        while needed_length(job[at : at + size]) > size:
            size = needed_length(job[at : at + size])
        found = find(job[at : at + size])
        assert found is not None, job[at : at + 8]
        command, head = found
        if command.name == "GS v 0":
            width, rows = int.from_bytes(job[at + 4 : at + 6], "little"), int.from_bytes(job[at + 6 : at + 8], "little")
            size += width * rows
        assert head <= size
        yield at, command.name, job[at : at + size]
        at += size


def _theirs_read(job: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    for token in tokenizer.Tokenizer().feed(job):
        raw = token.data if isinstance(token, tokenizer.Text) else token.raw
        if isinstance(token, tokenizer.Command):
            yield at, raw
        at += len(raw)
    assert at == len(job)


@pytest.mark.parametrize("kind", Kind)
def test_both_read_the_same_commands_in_every_rendering(press: LabelPress, kind: Kind) -> None:
    rom = rom_of(record_of("tm-l90"))
    assert rom is not None
    rendering = Rendering(kind, rom)
    for instruction in (*sample_orders(), order(pieces=pieces(3), gift_note="髙﨑①㈱～𠮷é" * 3)):
        labels = [press.drawing(instruction, piece) for piece in range(1, len(instruction.pieces) + 1)]
        job = render(labels, LAYOUTS["80x100"], press._typeface, rendering)
        ours = {(at, raw) for at, name, raw in _ours_read(job) if name not in _UNKNOWN_TO_EMUPOS}
        theirs = set(_theirs_read(job))
        assert ours == theirs
        assert len(ours) > 20
