"""What came out of a printer, read from the pictures of its paper with a decoder that we did not write."""

import json
import threading
from dataclasses import dataclass
from pathlib import Path

import zxingcpp
from PIL import Image

from station.label.layouts import LAYOUTS
from station.protocol.scanback import ScanBack, read_scan_back

_FORMATS = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.Codabar])
LABEL_ROWS = LAYOUTS["80x100"].height


@dataclass(frozen=True, slots=True)
class Label:
    """One whole label: both of its codes can be read."""

    name: ScanBack
    nw7: str
    """As a scanner reads it: with start and stop character."""

    @property
    def tracking_number(self) -> str:
        """Without them."""
        return self.nw7[1:-1]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One piece of paper."""

    printer: str
    number: int
    at_s: float
    """The last moment at which it had surely not left the printer: CLOCK_MONOTONIC."""
    torn: bool
    label: Label | None
    """The label that ends where the paper was cut; None on a scrap."""
    above: Label | None
    """A whole label that had been printed before it, and not been cut off."""


class Paper:
    """All that one printer put out, oldest first. For any thread."""

    def __init__(self, printer: str, folder: Path) -> None:
        """``folder``: where the emulator writes its labels."""
        self._printer = printer
        self._folder = folder
        self._lock = threading.Lock()
        self._sheets: list[Sheet] = []
        self._read_bytes = 0

    def sheets(self) -> list[Sheet]:
        """All until now."""
        with self._lock:
            for line in self._new_lines():
                self._sheets.append(self._sheet(json.loads(line)))
            return list(self._sheets)

    def _new_lines(self) -> list[bytes]:
        path = self._folder / "labels.jsonl"
        if not path.exists():
            return []
        with path.open("rb") as records:
            records.seek(self._read_bytes)
            whole, _, _ = records.read().rpartition(b"\n")
        self._read_bytes += len(whole) + bool(whole)
        return whole.splitlines()

    def _sheet(self, record: dict[str, object]) -> Sheet:
        label, above = _labels(self._folder / str(record["file"]), torn=bool(record["torn"]))
        at_s = float(str(record["not_before_s"]))
        return Sheet(self._printer, int(str(record["n"])), at_s, bool(record["torn"]), label, above)


def _labels(picture: Path, *, torn: bool) -> tuple[Label | None, Label | None]:
    """The label at the end of a piece of paper, and a whole one above it."""
    with Image.open(picture) as image:
        image.load()
    end = 0 if torn else max(0, image.height - LABEL_ROWS)
    last = None if torn else _label(image.crop((0, end, image.width, image.height)))
    above = _label(image.crop((0, 0, image.width, end))) if end >= LABEL_ROWS else None
    if torn:
        above = _label(image)
    return last, above


def _label(image: Image.Image) -> Label | None:
    codes = zxingcpp.read_barcodes(image, formats=_FORMATS)
    names = [name for code in codes if (name := read_scan_back(code.text)) is not None]
    numbers = [code.text for code in codes if code.format == zxingcpp.BarcodeFormat.Codabar]
    return Label(names[-1], numbers[-1]) if names and numbers else None
