"""A journald of our own: systemd's real one, in a mount namespace with a /run of its own, the machine's is left be."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.system.processes import wait_for

ROOT = Path(__file__).parents[2]
CATALOGS = ROOT / "systemd" / "catalog"
JOURNALD = Path("/usr/lib/systemd/systemd-journald")
_BEGIN = f"""
set -e
for folder in /run /usr/lib/systemd/catalog /var/lib/systemd; do mount -t tmpfs tmpfs "$folder"; done
cp "$1"/* /usr/lib/systemd/catalog/
mkdir -p /run/systemd/journal /run/systemd/journald.conf.d
printf '[Journal]\\nReadKMsg=no\\nStorage=volatile\\nRateLimitBurst=0\\n' >/run/systemd/journald.conf.d/own.conf
exec {JOURNALD}
"""


def why_not() -> str:
    """Why there can be none here; empty where it can."""
    if not JOURNALD.exists():
        return f"there is no {JOURNALD}: install Debian's package systemd"
    words = ("unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/run")
    tried = subprocess.run(words, capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        return f"no tmpfs can be mounted here, which takes root: {tried.stderr.strip()}"
    # Not under qemu-user: each program there is one with threads, and such a one may not.
    tried = subprocess.run(
        ("nsenter", "--mount=/proc/self/ns/mnt", "true"), capture_output=True, text=True, check=False
    )
    return "" if tried.returncode == 0 else f"no mount namespace can be entered here: {tried.stderr.strip()}"


class Journald:
    """Ended with the block that it is entered for."""

    def __init__(self, folder: Path, catalogs: Mapping[str, Path] | None = None) -> None:
        """``catalogs``: message catalogs by the name under which they are installed; by default ours as they are."""
        self.folder = folder
        self._catalogs = folder / "catalogs"
        self._catalogs.mkdir()
        for name, path in (catalogs or {path.name: path for path in CATALOGS.iterdir()}).items():
            shutil.copyfile(path, self._catalogs / name)

    def __enter__(self) -> Self:
        """Started, and heard from."""
        words = ("unshare", "--mount", "--propagation", "private", "sh", "-c", _BEGIN, "sh", str(self._catalogs))
        self._log = (self.folder / "journald.log").open("wb")
        self._running = subprocess.Popen(words, stderr=self._log)
        wait_for("journald is there", lambda: self.run("test", "-S", "/run/systemd/journal/stdout").returncode == 0)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.terminate()
        self._running.wait(10)
        self._log.close()

    def within(self, *words: str) -> tuple[str, ...]:
        """The words that run others where this journald is the machine's."""
        return ("nsenter", "--mount", f"--target={self._running.pid}", *words)

    def under(self, *words: str) -> tuple[str, ...]:
        """The same, as a service: its standard error is this journal."""
        return self.within(sys.executable, str(Path(__file__).with_name("as_service.py")), *words)

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a program there, not as a service."""
        return subprocess.run(
            self.within(*words), capture_output=True, text=True, check=False, env=os.environ | environment
        )

    def run_service(self, *words: str) -> int:
        """Run a program there as a service; its exit status."""
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        return subprocess.run(self.under(*words), check=False, env=environment, stderr=subprocess.DEVNULL).returncode

    def lines(self, *matches: str) -> list[dict[str, Any]]:
        """What ``journalctl`` finds, oldest first, all its fields."""
        said = self._journalctl("--output=json", "--all", *matches)
        return [json.loads(line) for line in said.splitlines()]

    def explained(self, *matches: str) -> str:
        """``journalctl -x``."""
        self._journalctl("--update-catalog")
        return self._journalctl("--catalog", "--output=short", *matches)

    def export(self) -> bytes:
        """The whole journal, every field of every line."""
        words = self.within("journalctl", "--sync")
        subprocess.run(words, check=False, capture_output=True)
        return subprocess.run(
            self.within("journalctl", "--quiet", "--output=export"), check=True, capture_output=True
        ).stdout

    def _journalctl(self, *words: Sequence[str] | str) -> str:
        self.run("journalctl", "--sync")
        ended = self.run("journalctl", "--quiet", "--no-pager", *map(str, words))
        assert (ended.returncode, ended.stderr) in ((0, ""), (1, "")), ended  # 1: nothing matches
        return ended.stdout
