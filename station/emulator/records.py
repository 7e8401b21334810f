"""Where labels go: a PNG each, and a line in ``labels.jsonl``, on disk before the next label comes."""

import hashlib
import json
import struct
import zlib
from collections import deque
from dataclasses import asdict, dataclass
from pathlib import Path

from station.emulator.paper import Label

RECORDS_FILE = "labels.jsonl"
_INVERT = bytes(255 - byte for byte in range(256))
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KEPT_RECORDS = 10_000


@dataclass(frozen=True, slots=True)
class LabelRecord:
    """One line of ``labels.jsonl``."""

    n: int
    """Counts from 1, through all runs that wrote into the directory."""
    file: str | None
    """The picture's name in the same directory; None where pictures are off."""
    at: str
    """When it left the printer: UTC, ISO 8601."""
    not_before_s: float
    """It left the printer after this moment of CLOCK_MONOTONIC, which all programs of a machine share: by then the
    last of its data had come."""
    width_dots: int
    height_dots: int
    complete: bool
    """It was cut off, after all that was to be on it."""
    torn: bool
    """A person tore it off, unfinished."""
    sha256: str
    """Of the dots: whole rows of ``width_dots / 8`` bytes, a set bit black."""


def png(rows: bytes, width_dots: int, height_dots: int) -> bytes:
    """A picture of one bit a dot, compressed fast. ``rows`` as in operations.PrintRows."""
    row_bytes = width_dots // 8
    light = rows.translate(_INVERT)  # greyscale: 0 is black
    filtered = b"".join(b"\x00" + light[at : at + row_bytes] for at in range(0, len(light), row_bytes))
    header = struct.pack(">IIBBBBB", width_dots, height_dots, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(filtered, 1)), (b"IEND", b""))
    return _PNG_SIGNATURE + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )


class LabelRecorder:
    """Writes labels into ``directory``, which it creates, and goes on after those that are there."""

    def __init__(self, directory: Path, width_dots: int, *, pictures: bool) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.records: deque[LabelRecord] = deque(maxlen=_KEPT_RECORDS)
        """The newest of this run."""
        self._directory = directory
        self._width_dots = width_dots
        self._pictures = pictures
        path = directory / RECORDS_FILE
        self.count = len(path.read_bytes().splitlines()) if path.exists() else 0
        self._lines = path.open("a", encoding="utf-8")

    def write(self, label: Label, at: str, not_before_s: float) -> LabelRecord:
        """Writes the picture, then its line: whoever reads the line finds the picture whole."""
        self.count += 1
        name = f"label-{self.count:06}.png" if self._pictures else None
        record = LabelRecord(
            n=self.count,
            file=name,
            at=at,
            not_before_s=not_before_s,
            width_dots=self._width_dots,
            height_dots=label.height_dots,
            complete=not label.torn,
            torn=label.torn,
            sha256=hashlib.sha256(label.rows).hexdigest(),
        )
        if name:
            (self._directory / name).write_bytes(png(label.rows, self._width_dots, label.height_dots))
        self._lines.write(json.dumps(asdict(record)) + "\n")
        self._lines.flush()
        self.records.append(record)
        return record

    def close(self) -> None:
        """Closes the file of lines."""
        self._lines.close()
