"""Labels for slow lines: what the emulated printer makes of columns and bands is what was drawn, in few bytes."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from station.demo.samples import sample_orders
from station.emulator.interpreter import Interpreter
from station.emulator.model import Model
from station.emulator.operations import Cut, FeedRows, Finding, PrintRows
from station.label.dots import Dots
from station.label.escpos import CUT, HAZARDS, encode_label, job_start
from station.label.fonts import Typeface
from station.label.layouts import LAYOUTS
from station.label.press import LabelPress
from station.label.rendering import Kind, Rendering
from station.label.stripes import encode_in_stripes
from tests.emulator.jobs import TYPEFACE
from tests.label.orders import PLAIN

_BYTES_A_SECOND = 11_520
"""115,200 baud, 8 data bits, one start and one stop bit."""
_MODES = {33: b"\x1b*\x21", 32: b"\x1b*\x20", 1: b"\x1b*\x01", 0: b"\x1b*\x00"}


def _dots(rows: list[str]) -> Dots:
    """Rows of one letter a dot, blank for white."""
    image = Image.new("1", (len(rows[0]), len(rows)))
    image.putdata([255 * (letter == " ") for row in rows for letter in row])
    return Dots.of(image)


def _on_paper(data: bytes, width: int) -> bytes:
    """The rows that a label's bytes print. Bytes without effect fail."""
    strip = b""
    model = Model(width_dots=width, cutter_distance_mm=0)
    for operation in Interpreter(model, TYPEFACE).feed(job_start(203) + data + CUT):
        match operation:
            case PrintRows():
                strip += operation.rows
            case FeedRows():
                strip += bytes(operation.count * model.row_bytes)
            case Finding():
                raise AssertionError(operation)
            case Cut():
                return strip
    raise AssertionError("no cut")


def _assert_as_drawn(label: Dots) -> None:
    """Dot by dot. What is kept from being a real-time command has a dot more."""
    data = encode_in_stripes(label)
    assert not any(hazard in job_start(203) + data + CUT for hazard in HAZARDS)
    drawn, printed = (int.from_bytes(rows) for rows in (label.packed, _on_paper(data, label.width)))
    assert drawn & ~printed == 0, "a dot is missing"
    if not any(byte in data for byte in b"\x18"):
        assert drawn == printed
    added = (printed & ~drawn).bit_count()
    assert added <= data.count(b"\x18")


def _press(typeface: Typeface, paper: str = "80x100") -> LabelPress:
    return LabelPress(typeface, LAYOUTS[paper], {}, rendering=Rendering(Kind.STRIPES))


@pytest.mark.parametrize(("paper", "most_s"), [("80x100", 2.0), ("100x150", 3.2), ("4x6", 3.2)])
def test_every_sample_comes_out_as_drawn_and_in_the_time_that_it_may_take(
    typeface: Typeface, paper: str, most_s: float
) -> None:
    press = _press(typeface, paper)
    for sample in sample_orders():
        label = press.drawing(sample).draw()
        _assert_as_drawn(label)
        assert len(encode_in_stripes(label)) / _BYTES_A_SECOND < most_s, sample.order


def test_bars_and_qr_code_are_never_changed(typeface: Typeface) -> None:
    press = _press(typeface)
    label, placed = press.drawing(PLAIN).draw(), press.place(PLAIN)
    printed = Dots(label.width, label.height, _on_paper(encode_in_stripes(label), label.width)).image()
    side, bars = placed.qr.modules * placed.qr.module_dots, placed.bars
    for box in (
        (bars.x, bars.y, bars.x + sum(bars.widths), bars.y + bars.height),
        (placed.qr.x, placed.qr.y, placed.qr.x + side, placed.qr.y + side),
    ):
        assert ImageChops.logical_xor(printed.crop(box), label.image().crop(box)).getbbox() is None


# What is sent


def test_white_between_things_is_passed_over_and_white_below_is_fed_with_the_stripe() -> None:
    left, right = random.Random(1), random.Random(2)
    rows = [
        "".join(left.choice("# ") for _ in range(11))
        + "#"
        + " " * 40
        + "#"
        + "".join(right.choice("# ") for _ in range(11))
        for _ in range(24)
    ]
    label = _dots([" " * 64] * 5 + rows + [" " * 64] * 300)
    data = encode_in_stripes(label)
    assert data.startswith(b"\x1bJ\x05" + _MODES[33] + b"\x0c\x00")
    assert data[8 + 36 :].startswith(b"\x1b$\x34\x00" + _MODES[33] + b"\x0c\x00")
    assert data[8 + 36 + 9 + 36 :] == b"\x1bJ\xff" + b"\x1bJ\x45"
    assert _on_paper(data, 64) == label.packed


def test_white_of_three_columns_is_sent_for_it_takes_no_more_than_passing_over() -> None:
    chance = random.Random(3)
    blot = ["#" + "".join(chance.choice("# ") for _ in range(6)) + "#" for _ in range(24)]
    near, far = (_dots([part + " " * gap + part + " " * (48 - gap) for part in blot]) for gap in (3, 4))
    assert (encode_in_stripes(near).count(b"\x1b*"), encode_in_stripes(far).count(b"\x1b*")) == (1, 2)


@pytest.mark.parametrize(
    ("rows", "mode", "data_bytes"),
    [
        (["##" * 3 + "  " * 5 + "##  ##" * 4] * 24, 0, 40 // 2),
        (["#  ###  #  ##  #" * 3] * 24, 1, 48),
        (["##  " * 8 if row % 2 else "  ##" * 8 for row in range(24)], 32, 32 // 2 * 3),
        (["# # #  #" * 4 if row % 2 else " # #### " * 4 for row in range(24)], 33, 32 * 3),
    ],
)
def test_what_stands_twice_or_three_times_is_sent_once(rows: list[str], mode: int, data_bytes: int) -> None:
    label = _dots([" " * 400 + row + " " * (-len(row) % 8) for row in rows])
    data = encode_in_stripes(label)
    assert data.startswith(b"\x1b$\x90\x01" + _MODES[mode])
    assert len(data) == 4 + 5 + data_bytes + 3
    assert _on_paper(data, label.width) == label.packed


def test_a_rule_across_the_paper_goes_as_a_band_of_dots_that_are_printed_twice_each_way() -> None:
    label = _dots([" " * 64] * 40 + ["#" * 64] * 2 + [" " * 64] * 40)
    assert encode_in_stripes(label) == b"\x1bJ\x28" + b"\x1dv0\x03\x04\x00\x01\x00" + b"\xff" * 4 + b"\x1bJ\x28"


def test_a_band_in_which_a_dot_more_would_be_four_goes_dot_by_dot() -> None:
    """Halved, its bytes would be 10 04."""
    rows = [b"\x03\x00\x00\x30" * 20] * 2
    label = Dots(640, 2, b"".join(rows))
    assert encode_in_stripes(label) == b"\x1dv0\x00\x50\x00\x02\x00" + label.packed


def test_a_label_ends_with_its_last_row_though_a_stripe_would_be_longer() -> None:
    label = _dots([" " * 64] * 70 + [("#  # # #" * 8)] + [("## #  ##" * 8)] * 9)
    assert _on_paper(encode_in_stripes(label), 64) == label.packed


def test_a_label_so_wide_that_a_column_number_could_be_a_command_goes_as_bands() -> None:
    rows = [" " * 1040 + "#" * 8] * 30
    assert encode_in_stripes(_dots(rows)) == encode_label(_dots(rows))


# Anything


_PIECES = st.lists(
    st.tuples(st.integers(0, 200), st.integers(1, 90), st.integers(0, 90), st.integers(1, 40), st.integers(0, 4)),
    min_size=1,
    max_size=8,
)


@settings(deadline=None, max_examples=150)
@given(_PIECES, st.integers(1, 140), st.randoms(use_true_random=False))
def test_whatever_is_drawn_comes_out(
    pieces: list[tuple[int, int, int, int, int]], height: int, chance: random.Random
) -> None:
    """Rectangles of noise, some of it in like columns or rows, some black."""
    image = Image.new("1", (208, height), 255)
    for x, width, y, rows, kind in pieces:
        grain = {0: (1, 1), 1: (2, 1), 2: (1, 3), 3: (2, 3), 4: (width, rows)}[kind]
        size = (-(-width // grain[0]), -(-rows // grain[1]))
        noise = Image.new("1", size)
        noise.putdata([255 * (chance.random() < 0.5 and kind < 4) for _ in range(size[0] * size[1])])
        image.paste(noise.resize((size[0] * grain[0], size[1] * grain[1]), Image.Resampling.NEAREST), (x, y))
    _assert_as_drawn(Dots.of(image))


@pytest.mark.parametrize("seed", range(12))
def test_no_columns_hold_a_real_time_command(seed: int) -> None:
    """Stripes whose bytes often make one, in every mode."""
    chance = random.Random(seed)
    columns = [bytes(chance.choices((0x10, 0x04, 0x05, 0x14, 0x00, 0xFF), k=3)) for _ in range(200)]
    lying = Image.frombytes("1", (24, 200), b"".join(column * (1 + seed % 2) for column in columns)[:600])
    standing = lying.transpose(Image.Transpose.TRANSPOSE)
    if seed % 4 > 1:
        standing = standing.crop((0, 0, 200, 8)).resize((200, 24), Image.Resampling.NEAREST)
    image = ImageChops.invert(standing)
    assert not any(hazard in encode_in_stripes(Dots.of(image)) for hazard in HAZARDS)
    _assert_as_drawn(Dots.of(image))
