"""A disk of its own for a program's database: small enough to be filled to the last byte, or one whose power is cut."""

import contextlib
import subprocess
from pathlib import Path

from tests.system.lossy_mount import LossyMount

SIZE = "32m"
BLOCK = bytes(65_536)


class Disk:
    """A folder, which becomes a file system of its own by ``make_small`` or ``make_lossy``."""

    def __init__(self, folder: Path) -> None:
        """A plain folder."""
        folder.mkdir()
        self.folder = folder
        self.is_small = False
        self.lossy: LossyMount | None = None

    def make_lossy(self, options: str) -> None:
        """Let it forget at a power cut what was not flushed. ``options``: of its mount."""
        self.lossy = LossyMount(self.folder, options=options)
        self.lossy.mount()

    def make_small(self) -> str:
        """Mount a tmpfs on it, before anything lies there. The reason why that cannot be; empty where it is done."""
        words = ("mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(self.folder))
        try:
            ended = subprocess.run(words, capture_output=True, text=True, check=False)
        except OSError as error:
            return f"there is no mount: {error}"
        self.is_small = ended.returncode == 0
        return "" if self.is_small else f"no tmpfs can be mounted here, which takes root: {ended.stderr.strip()}"

    def fill(self) -> None:
        """To the last byte."""
        assert self.is_small, f"{self.folder} is no small disk"
        with self._filler.open("wb", buffering=0) as filler, contextlib.suppress(OSError):
            while True:
                filler.write(BLOCK)

    def free(self) -> None:
        """Make room again."""
        self._filler.unlink(missing_ok=True)

    def take_away(self) -> None:
        """Unmount it, with all that is on it."""
        if self.is_small:
            subprocess.run(("umount", "--lazy", str(self.folder)), check=True)
            self.is_small = False
        if self.lossy is not None:
            self.lossy.close()

    @property
    def _filler(self) -> Path:
        return self.folder / "filler"
