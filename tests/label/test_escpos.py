"""Label pictures as bytes, developed again by a reader of the few commands that they consist of."""

import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from station.label.escpos import MAX_BAND_ROWS, encode_job, scrub
from station.label.press import LabelPress
from tests.label.orders import PLAIN

_REAL_TIME = (b"\x10\x04", b"\x10\x05", b"\x10\x14")
_START = b"\x1b@\x1da\xff\x1dP\xcb\xcb"


def _image(dots: bytes, row_bytes: int) -> Image.Image:
    """A picture whose set bits are black."""
    inverted = bytes(0xFF ^ byte for byte in dots)
    return Image.frombytes("1", (8 * row_bytes, len(dots) // row_bytes), inverted)


def _develop(data: bytes) -> list[bytes]:
    """The labels that a job prints: each one's rows, 72 bytes wide. What is not known here fails."""
    assert data.startswith(_START)
    at, rows, labels = len(_START), b"", []
    while at < len(data):
        command = data[at:]
        if command.startswith(b"\x1bJ"):
            rows += bytes(72 * command[2])
            at += 3
        elif command[:4] in {b"\x1dv0\x00", b"\x1dv0\x02"}:
            width, height = struct.unpack_from("<HH", command, 4)
            assert (0 < width <= 72, 0 < height <= MAX_BAND_ROWS) == (True, True)
            band = [command[8 + width * row : 8 + width * (row + 1)].ljust(72, b"\0") for row in range(height)]
            rows += b"".join(row * (1 + command[3] // 2) for row in band)
            at += 8 + width * height
        else:
            assert command.startswith(b"\x1dVB\x00"), command[:8]
            labels.append(rows)
            at, rows = at + 4, b""
    assert rows == b""
    return labels


def test_a_label_comes_out_as_it_was_drawn(press: LabelPress) -> None:
    image = press.draw(PLAIN)
    (rows,) = _develop(encode_job([image], 203))
    assert len(rows) == 72 * 800
    differing = [
        (at, before, after)
        for at, (before, after) in enumerate(zip(_dots(image), rows, strict=True))
        if before != after
    ]
    assert all((before, after) == (0x10, 0x18) for _, before, after in differing)


def _dots(image: Image.Image) -> bytes:
    return bytes(0xFF ^ byte for byte in image.tobytes())


def test_bars_and_qr_code_are_never_changed_by_the_scrub(press: LabelPress) -> None:
    label = press.place(PLAIN)
    image = press.draw(PLAIN)
    (rows,) = _develop(encode_job([image], 203))
    printed = _image(rows, 72)
    side = label.qr.modules * label.qr.module_dots
    for box in (
        (label.bars.x, label.bars.y, label.bars.x + sum(label.bars.widths), label.bars.y + label.bars.height),
        (label.qr.x, label.qr.y, label.qr.x + side, label.qr.y + side),
    ):
        assert printed.crop(box).tobytes() == image.crop(box).tobytes()


def test_several_labels_are_one_job_with_a_cut_after_each(press: LabelPress) -> None:
    image = press.draw(PLAIN)
    data = encode_job([image, image, image], 203)
    assert data.count(_START) == 1
    labels = _develop(data)
    assert len(labels) == 3
    assert len(set(labels)) == 1
    assert data.endswith(b"\x1dVB\x00")


def test_long_blank_stretches_are_fed_and_short_ones_are_printed() -> None:
    ink, blank = b"\xff" * 72, bytes(72)
    blot = b"\x81" * 72
    image = _image(blank * 600 + ink + blot + ink + blank * 3 + ink + blank * 8, 72)
    data = encode_job([image], 203)
    assert data == (
        _START
        + b"\x1bJ\xff\x1bJ\xff\x1bJ\x5a"
        + b"\x1dv0\x00\x48\x00\x07\x00"
        + ink
        + blot
        + ink
        + blank * 3
        + ink
        + b"\x1bJ\x08"
        + b"\x1dVB\x00"
    )


def test_a_tall_picture_goes_in_bands() -> None:
    dots = b"".join(bytes([0xAA, row % 251]) * 36 for row in range(450))
    data = encode_job([_image(dots, 72)], 203)
    assert [data.count(b"\x1dv0\x00\x48\x00" + bytes((rows, 0))) for rows in (200, 50)] == [2, 1]
    assert _develop(data) == [dots]


def test_rows_that_are_all_the_same_are_sent_once_for_two() -> None:
    bars = b"\xf0" * 60 + bytes(12)
    data = encode_job([_image(bars * 81, 72)], 203)
    assert data == (
        _START
        + (b"\x1dv0\x02\x3c\x00\x28\x00" + b"\xf0" * 60 * 40)
        + (b"\x1dv0\x00\x3c\x00\x01\x00" + b"\xf0" * 60)
        + b"\x1dVB\x00"
    )


def test_rows_whose_bytes_would_be_a_command_are_never_doubled() -> None:
    bars = (b"\x10\x04" + bytes(70)) * 80
    data = encode_job([_image(bars, 72)], 203)
    assert b"\x1dv0\x02" not in data
    assert _develop(data) == [scrub(bars)]


def test_what_is_blank_on_the_right_is_not_sent() -> None:
    short, long = b"\xf0" * 8 + bytes(64), b"\xf1" * 72
    rows = [short, short[:7] + b"\x0f" + bytes(64)] * 10 + [long, short] * 2 + [short, short[:4] + bytes(68)] * 10
    data = encode_job([_image(b"".join(rows), 72)], 203)
    assert _develop(data) == [b"".join(rows)]
    bands = [struct.unpack_from("<HH", data, at + 4) for at in range(len(data)) if data[at : at + 3] == b"\x1dv0"]
    assert bands == [(8, 20), (72, 3), (8, 21)], "a short row between long ones is no band of its own"


@given(st.lists(st.tuples(st.integers(0, 72), st.integers(1, 60), st.booleans()), min_size=1, max_size=12))
def test_rows_of_any_lengths_come_out_as_they_were(runs: list[tuple[int, int, bool]]) -> None:
    source = random.Random(len(runs))
    rows = b"".join(
        (b"\xff" * width if same else source.randbytes(width).replace(b"\x10", b"\x18")).ljust(72, b"\0")
        for width, count, same in runs
        for _ in range(count)
    )
    assert _develop(encode_job([_image(rows, 72)], 203)) == [rows]


def _dense(seed: int) -> bytes:
    """A raster whose bytes often make real-time commands, at every boundary too."""
    source = random.Random(seed)
    return bytes(source.choices((0x10, 0x04, 0x05, 0x14, 0x00, 0xFF, 0x18), k=72 * 450))


@pytest.mark.parametrize("seed", range(40))
def test_no_job_holds_a_real_time_command(seed: int) -> None:
    dots = _dense(seed)
    assert any(hazard in dots for hazard in _REAL_TIME)
    data = encode_job([_image(dots, 72)] * 2, 203)
    assert [data.count(hazard) for hazard in _REAL_TIME] == [0, 0, 0]
    bands = [scrub(dots[at : at + 72 * MAX_BAND_ROWS]) for at in range(0, len(dots), 72 * MAX_BAND_ROWS)]
    assert _develop(data)[0] == b"".join(bands), "only what the scrub changes is changed"


@pytest.mark.parametrize("rows", [1, 4, 5, 16, 20, 200])
@pytest.mark.parametrize("edge", [b"\x10", b"\x04", b"\x05", b"\x14"])
def test_no_band_makes_a_real_time_command_with_the_commands_around_it(rows: int, edge: bytes) -> None:
    image = _image(edge * 72 * rows + bytes(72 * 16) + edge * 72 * 4, 72)
    data = encode_job([image] * 2, 203)
    assert not any(hazard in data for hazard in _REAL_TIME)


@given(st.binary(max_size=400) | st.lists(st.sampled_from([0x10, 0x04, 0x05, 0x14, 0x18])).map(bytes))
def test_the_scrub_adds_one_dot_to_the_first_byte_of_a_command_and_changes_nothing_else(dots: bytes) -> None:
    scrubbed = scrub(dots)
    assert not any(hazard in scrubbed for hazard in _REAL_TIME)
    for at, (before, after) in enumerate(zip(dots, scrubbed, strict=True)):
        if dots[at : at + 2] in _REAL_TIME:
            assert (before, after) == (0x10, 0x18)
        else:
            assert before == after


def test_another_kind_of_picture_is_a_broken_invariant() -> None:
    with pytest.raises(ValueError, match="dots are of mode 1, not L"):
        encode_job([Image.new("L", (576, 8))], 203)
