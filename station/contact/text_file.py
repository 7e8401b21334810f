"""A text file as it was meant: UTF-8 with or without a byte order mark, or Shift_JIS; and written back alike."""

import codecs
import io
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

MAX_FILE_BYTES = 64 * 1024 * 1024

ENCODINGS = {"utf-8": "utf-8", "shift_jis": "cp932", "cp932": "cp932"}
"""By the words that the command line takes. Windows calls cp932 Shift_JIS; it has 髙 and ①, which JIS has not."""


class Unusable(Exception):
    """A file that cannot be read or written. The text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class TextFile:
    """Its lines, each with its own end, and how they were encoded."""

    lines: tuple[str, ...]
    encoding: str = "utf-8"
    byte_order_mark: bool = False

    @property
    def line_end(self) -> str:
        """The end of its first line."""
        first = self.lines[0] if self.lines else ""
        return first[len(first.rstrip("\r\n")) :] or "\n"

    def encoded(self, lines: tuple[str, ...]) -> bytes:
        """Other lines in the same encoding. Raises Unusable where a character has no place in it."""
        try:
            data = "".join(lines).encode(self.encoding)
        except UnicodeEncodeError as error:
            character = error.object[error.start]
            raise Unusable(f"{character!r} cannot be written in Shift_JIS; save as UTF-8 to another file") from None
        return codecs.BOM_UTF8 + data if self.byte_order_mark else data


def read_text(path: Path, encoding: str | None = None) -> TextFile:
    """A file's lines. Without an encoding: UTF-8 if it is, else Shift_JIS. Raises Unusable."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise Unusable(f"{error.strerror or error}") from error
    if len(data) > MAX_FILE_BYTES:
        raise Unusable(f"is larger than {MAX_FILE_BYTES // 1024 // 1024} MiB; split it")
    return decoded(data, encoding)


def decoded(data: bytes, encoding: str | None = None) -> TextFile:
    """The lines of a file's bytes. Raises Unusable."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise Unusable("is UTF-16; save it as CSV UTF-8")
    marked = data.startswith(codecs.BOM_UTF8)
    body = data.removeprefix(codecs.BOM_UTF8)
    candidates = [ENCODINGS[encoding]] if encoding else ["utf-8"] if marked else ["utf-8", "cp932"]
    for candidate in candidates:
        try:
            text = body.decode(candidate)
        except UnicodeDecodeError as error:
            line = body.count(b"\n", 0, error.start) + 1
        else:
            return TextFile(tuple(io.StringIO(text, newline="")), candidate, marked)
    raise Unusable(f"line {line} is not {' or '.join(candidates)}; give the encoding with --encoding, or save as UTF-8")


def replace_file(path: Path, data: bytes) -> None:
    """Put new contents in a file's place, whole or not at all; with the rights that it had, else for its owner only.

    Raises Unusable.
    """
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as new:
            try:
                new.write(data)
                new.flush()
                os.fsync(new.fileno())
                if path.exists():
                    shutil.copymode(path, new.name)
                Path(new.name).replace(path)
            except BaseException:
                Path(new.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        raise Unusable(f"{error.strerror or error}") from error
