"""What the tests send, and how they look at what came out."""

import random
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from station.emulator.interpreter import Interpreter
from station.emulator.mechanism import Mechanism
from station.emulator.model import Model
from station.emulator.operations import Finding, Operation, Request
from station.emulator.paper import Label
from station.emulator.text import Typeface

ROW_BYTES = 72
TYPEFACE = Typeface.load()
INITIALIZE = b"\x1b@"
DOT_UNITS = b"\x1dP\xcb\xcb"
"""GS P 203 203: one vertical unit is one row."""
CUT = b"\x1dVB\x00"
CLEAR = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
CLEARED = b"\x37\x25\x00"
WATCH_ALL = b"\x1da\xff"
READY = b"\x10\x00\x00\x00"


def noise(rows: int, seed: int = 1) -> bytes:
    """Random image data without real-time commands in it."""
    return random.Random(seed).randbytes(rows * ROW_BYTES).replace(b"\x10", b"\x18")


def raster(image: bytes, mode: int = 0) -> bytes:
    """GS v 0 across the whole paper."""
    rows = len(image) // ROW_BYTES
    return b"\x1dv0" + bytes([mode, ROW_BYTES, 0, rows % 256, rows // 256]) + image


def process_id(identifier: bytes) -> bytes:
    """GS ( H function 48."""
    return b"\x1d(H\x06\x0000" + identifier


def process_reply(identifier: bytes) -> bytes:
    """What the printer returns for it."""
    return b"\x37\x22" + identifier + b"\x00"


def nw7(data: bytes) -> bytes:
    """GS k function B."""
    return b"\x1dk" + bytes([71, len(data)]) + data


def qr(data: bytes) -> bytes:
    """GS ( k: module size 6, error correction M, store, print."""
    stored = len(data) + 3
    store = b"\x1d(k" + bytes([stored % 256, stored // 256]) + b"1P0" + data
    return b"\x1d(k\x03\x001C\x06" + b"\x1d(k\x03\x001E1" + store + b"\x1d(k\x03\x001Q0"


def label_job(identifier: bytes = b"0001", rows: int = 400, seed: int = 1) -> bytes:
    """A label as a daemon sends it: rasters in bands, cut, process ID."""
    bands = (noise(min(200, rows - at), seed + at) for at in range(0, rows, 200))
    return INITIALIZE + b"".join(map(raster, bands)) + CUT + process_id(identifier)


def chunks(data: bytes, seed: int) -> Iterator[bytes]:
    """The data in pieces of random size, some of them large."""
    generator = random.Random(seed)
    while data:
        size = generator.choice((1, 2, 3, 7, 60, 500, 4000))
        yield data[:size]
        data = data[size:]


def printed(data: bytes, *, model: Model | None = None) -> tuple[list[Label], list[Request]]:
    """What a printer that never runs out of paper makes of the data."""
    model = model or Model(cutter_distance_mm=0)
    mechanism = Mechanism(model, None, 0)
    requests: list[Request] = []
    for operation in Interpreter(model, TYPEFACE).feed(data):
        requests += carried_out(operation, mechanism)
    mechanism.paper.tear()
    return mechanism.paper.take_labels(), requests


def carried_out(operation: Operation, mechanism: Mechanism) -> list[Request]:
    """Prints a motion; returns a request."""
    if isinstance(operation, Request):
        return [operation]
    mechanism.add(operation)
    mechanism.step(0)
    return []


def findings(data: bytes) -> list[str]:
    """What of the data had no effect."""
    _, requests = printed(data)
    return [f"{finding.flaw}: {finding.what}" for finding in requests if isinstance(finding, Finding)]


def picture(label: Label) -> Image.Image:
    """The label, black on white."""
    return Image.frombytes("1", (ROW_BYTES * 8, label.height_dots), label.rows, "raw", "1;I").convert("L")


def ink(label: Label) -> tuple[int, int, int, int] | None:
    """The box around all that is black: left, top, right, bottom in dots; None on blank paper."""
    return Image.frombytes("1", (ROW_BYTES * 8, label.height_dots), label.rows).getbbox()


def opened(directory: Path, file: str) -> bytes:
    """The dots of a written picture, as in operations.PrintRows."""
    with Image.open(directory / file) as image:
        return bytes(byte ^ 0xFF for byte in image.tobytes())
