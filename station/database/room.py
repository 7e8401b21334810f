"""Room on a database's disk: a margin below which nothing is begun, and a reserve with which what was begun ends."""

import errno
import os
from contextlib import suppress
from pathlib import Path

from station.database.files import belongs_to_the_folder
from station.sqlite import full_disk

RESERVE_BYTES = 1 << 20
"""Some hundred commits. Given up once, and taken again when there is room."""


class Room:
    """Of one database. Blocks of the reserve are the file's own: another program cannot fill them."""

    def __init__(self, database: Path) -> None:
        """Nothing is looked at yet."""
        self._database = database
        self._reserve = database.with_suffix(".reserve")
        self.is_short = False
        """The reserve was given up: what was begun may be ended, nothing else begun."""

    def lacking(self) -> str:
        """In words, why nothing may be begun; empty where there is room."""
        if self.is_short:
            return f"the disk of {self._database} is full; make room there"
        return full_disk(self._database)

    def take(self) -> str:
        """Take the reserve, unless it is; why it cannot be, in words."""
        if reason := full_disk(self._database):
            return reason
        try:
            descriptor = os.open(self._reserve, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                os.posix_fallocate(descriptor, 0, RESERVE_BYTES)
            finally:
                os.close(descriptor)
            belongs_to_the_folder(self._reserve)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                return ""  # no reserve, then; what is wrong with the folder the database's own error says better
            self._reserve.unlink(missing_ok=True)
            return (
                f"the disk of {self._database} is full: no {RESERVE_BYTES} bytes are left in reserve; make room there"
            )
        return full_disk(self._database)

    def give_up(self) -> bool:
        """Free the reserve; whether there was one."""
        self.is_short = True
        with suppress(FileNotFoundError):
            self._reserve.unlink()
            return True
        return False
