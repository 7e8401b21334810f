"""A job on the emulated printer's paper: what comes out is what was drawn, dot for dot, and each label is whole."""

from PIL import Image, ImageChops

from station.emulator.interpreter import Interpreter
from station.emulator.model import Model
from station.emulator.operations import Cut, FeedRows, Finding, PrintRows, WatchStatus
from station.emulator.text import Typeface as PrinterTypeface
from station.label.press import LabelPress
from tests.label.orders import order, pieces


def paper_of(data: bytes) -> list[Image.Image]:
    """The labels, cut apart where the printer is told to."""
    model = Model()
    labels, strip = [], b""
    for operation in Interpreter(model, PrinterTypeface.load()).feed(data):
        match operation:
            case PrintRows(rows=rows):
                strip += rows
            case FeedRows(count=count):
                strip += bytes(count * model.row_bytes)
            case Cut():
                size = (model.width_dots, len(strip) // model.row_bytes)
                labels.append(Image.frombytes("1", size, strip))
                strip = b""
            case Finding():
                raise AssertionError(operation)
            case _:
                assert operation in (WatchStatus(0), WatchStatus(0xFF))
    assert strip == b""
    return labels


def test_three_pieces_come_out_as_three_labels_as_they_were_drawn(press: LabelPress) -> None:
    instruction = order(pieces=pieces(3), sort_code="13-02145")
    papers = paper_of(press.job(instruction, reprint=1).data)
    assert len(papers) == 3
    for piece, paper in enumerate(papers, start=1):
        drawn = ImageChops.invert(press.draw(instruction, piece, 1))
        assert paper.crop((0, drawn.height, *paper.size)).getbbox() is None
        printed = paper.crop((0, 0, *drawn.size)).tobytes()
        changed = {pair for pair in zip(drawn.tobytes(), printed, strict=True) if pair[0] != pair[1]}
        assert changed <= {(0x10, 0x18)}, "only the scrub of real-time commands adds a dot"
