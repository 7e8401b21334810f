"""Files beside a station's journal: what its printer answered to the probe, and who uses the printer now."""

import contextlib
import fcntl
import os
from pathlib import Path
from typing import Self

import msgspec

from station.printers.answers import Answers, decode, encode
from station.telemetry.messages import PrinterAnswersUnreadable
from station.telemetry.telling import tell

_LARGEST_BYTES = 65_536


class PrinterTaken(OSError):
    """Another program of this station uses the printer."""


class PrinterLock:
    """Held by the one program that may talk to a station's printer; given back when it ends, however it ends."""

    def __init__(self, journal: Path) -> None:
        """Raises PrinterTaken, and OSError where the file cannot be made."""
        path = journal.with_name(f"{journal.stem}-printer.lock")
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        _belongs_to_the_folder(path)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._descriptor)
            raise PrinterTaken(f"{path} is locked: the station itself or a probe of its printer runs") from None

    def close(self) -> None:
        """Give it back."""
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def kept_beside(journal: Path) -> Path:
    """Where the answers of a station's printer are kept."""
    return journal.with_name(f"{journal.stem}-printer.json")


def read_kept(path: Path) -> Answers | None:
    """The kept answers; None where nothing was kept, or nothing that can be used, which is logged."""
    try:
        with path.open("rb") as file:
            return decode(file.read(_LARGEST_BYTES))
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as error:
        tell(PrinterAnswersUnreadable(str(path), str(error)))
        return None


def keep(path: Path, answers: Answers) -> None:
    """Write the answers so that a power cut leaves the old ones or the new ones. Raises OSError."""
    fresh = path.with_name(f".{path.name}.new")
    with fresh.open("wb") as file:
        file.write(encode(answers))
        file.flush()
        os.fsync(file.fileno())
    _belongs_to_the_folder(fresh)
    fresh.replace(path)
    with contextlib.suppress(OSError):  # a file system without it keeps the old ones for a while
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        os.fsync(folder)
        os.close(folder)


def _belongs_to_the_folder(path: Path) -> None:
    """A probe that root runs leaves nothing that the station's own user cannot use."""
    if os.geteuid() == 0:
        owner = path.parent.stat()
        os.chown(path, owner.st_uid, owner.st_gid)
