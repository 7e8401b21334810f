"""The file in which a probe's answers are kept, beside the station's journal."""

import contextlib
import logging
import os
from pathlib import Path

import msgspec

from station.printers.answers import Answers, decode, encode

log = logging.getLogger(__name__)

NAME = "printer.json"
_LARGEST_BYTES = 65_536


def kept_beside(journal: Path) -> Path:
    """Where the answers of a station's printer are kept."""
    return journal.with_name(NAME)


def read_kept(path: Path) -> Answers | None:
    """The kept answers; None where nothing was kept, or nothing that can be used, which is logged."""
    try:
        with path.open("rb") as file:
            return decode(file.read(_LARGEST_BYTES))
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as error:
        log.warning("%s: what the printer answered cannot be read (%s); run station printer probe again", path, error)
        return None


def keep(path: Path, answers: Answers) -> None:
    """Write the answers so that a power cut leaves the old ones or the new ones. Raises OSError."""
    fresh = path.with_name(f".{path.name}.new")
    with fresh.open("wb") as file:
        file.write(encode(answers))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    with contextlib.suppress(OSError):  # a file system without it keeps the old ones for a while
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        os.fsync(folder)
        os.close(folder)
