"""scripts/prepare-card on a real block device: a file behind a loop device, and a tree that stands for the system."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts/prepare-card"
FSTAB = "PARTUUID=1-02 / ext4 defaults,noatime 0 1\n"


def _has_loop_devices() -> bool:
    tools = all(shutil.which(tool) for tool in ("losetup", "mkfs.ext4", "blkid"))
    if not tools or os.geteuid() != 0:
        return False
    return subprocess.run(["losetup", "-f"], capture_output=True, check=False).returncode == 0


pytestmark = pytest.mark.skipif(not _has_loop_devices(), reason="needs root and loop devices")


@dataclass(frozen=True)
class Card:
    """A partition, and the system that is to use it."""

    device: str
    root: Path
    place: Path
    """Where a test may mount it."""

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """The script, for this system."""
        command = [str(SCRIPT), "--root", str(self.root), *words]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def prepare(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """With this partition."""
        return self.run("--data", self.device, *words)

    def tree(self) -> dict[str, bytes]:
        """Every file of the system."""
        return {str(file.relative_to(self.root)): file.read_bytes() for file in self.root.rglob("*") if file.is_file()}

    def label(self) -> str:
        """The partition's name; empty for a blank one."""
        command = ["blkid", "-p", "-s", "LABEL", "-o", "value", self.device]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()

    def data(self) -> dict[str, bytes]:
        """Every file on the partition."""
        subprocess.run(["mount", "-o", "ro", self.device, self.place], check=True)
        try:
            files = (file for file in self.place.rglob("*") if file.is_file())
            return {str(file.relative_to(self.place)): file.read_bytes() for file in files}
        finally:
            subprocess.run(["umount", self.place], check=True)


@pytest.fixture
def card(tmp_path: Path) -> Iterator[Card]:
    image = tmp_path / "card"
    with image.open("wb") as file:
        file.truncate(48 << 20)
    root = tmp_path / "root"
    for folder in ("etc", "var/lib/packing-station", "var/log/journal", "var/lib/systemd/timesync"):
        (root / folder).mkdir(parents=True)
    (root / "etc/fstab").write_text(FSTAB)
    (root / "var/lib/packing-station/journal.db").write_bytes(b"what the station knows")
    (tmp_path / "place").mkdir()
    found = subprocess.run(["losetup", "--show", "-f", image], capture_output=True, text=True, check=True)
    device = found.stdout.strip()
    try:
        yield Card(device, root, tmp_path / "place")
    finally:
        subprocess.run(["losetup", "-d", device], check=True)


def test_what_has_to_last_moves_to_the_partition_and_the_root_is_read_only(card: Card) -> None:
    done = card.prepare()
    assert done.returncode == 0, done.stderr
    assert card.data()["packing-station/journal.db"] == b"what the station knows"
    lines = (card.root / "etc/fstab").read_text().splitlines()
    assert lines[0] == FSTAB.strip()
    mounts = {fields[1]: fields for fields in map(str.split, lines)}
    assert mounts["/data"][0] == "LABEL=packing-data"
    assert "errors=remount-ro" in mounts["/data"][3]
    assert "nobarrier" not in mounts["/data"][3]
    for place in ("/var/lib/packing-station", "/var/lib/packing-desk", "/var/log/journal", "/var/lib/systemd/timesync"):
        assert "bind" in mounts[place][3]
        assert (card.root / place.strip("/")).is_dir()
    assert (card.root / "etc/overlayroot.conf").read_text() == 'overlayroot="tmpfs:recurse=0"\n'


def test_systemd_makes_mounts_of_it_all(card: Card, tmp_path: Path) -> None:
    card.prepare()
    generator = "/usr/lib/systemd/system-generators/systemd-fstab-generator"
    if not Path(generator).exists():
        pytest.skip("systemd is not installed")
    units = tmp_path / "units"
    units.mkdir()
    environment = {**os.environ, "SYSTEMD_FSTAB": str(card.root / "etc/fstab"), "SYSTEMD_PROC_CMDLINE": ""}
    subprocess.run([generator, units, units, units], env=environment, check=True, capture_output=True)
    station = (units / "var-lib-packing\\x2dstation.mount").read_text()
    assert "What=/data/packing-station" in station
    assert "RequiresMountsFor=/data" in station


def test_a_dry_run_says_it_all_and_changes_nothing(card: Card) -> None:
    before = card.tree()
    done = card.prepare("--dry-run")
    assert done.returncode == 0
    for what in ("a new ext4", "/var/lib/packing-station", "/etc/overlayroot.conf", "nothing was changed"):
        assert what in done.stdout
    assert card.tree() == before
    assert subprocess.run(["blkid", "-p", card.device], capture_output=True, check=False).stdout == b""


def test_a_second_run_changes_nothing(card: Card) -> None:
    card.prepare()
    (card.root / "var/lib/packing-station/journal.db").write_bytes(b"what stood below the mount, long ago")
    before = card.tree(), card.data()
    done = card.prepare()
    assert done.returncode == 0, done.stderr
    assert (card.tree(), card.data()) == before


def test_a_partition_that_holds_something_is_left_as_it_is(card: Card) -> None:
    subprocess.run(["mkfs.ext4", "-q", "-L", "photos", card.device], check=True)
    before = card.tree()
    done = card.prepare()
    assert done.returncode == 1
    assert "holds something already (ext4)" in done.stderr
    assert card.tree() == before
    assert card.label() == "photos"


def test_the_root_is_writable_for_an_upgrade_and_read_only_again(card: Card) -> None:
    card.prepare()
    overlay = card.root / "etc/overlayroot.conf"
    for word, line in (("--writable", 'overlayroot=""\n'), ("--read-only", 'overlayroot="tmpfs:recurse=0"\n')):
        assert card.run(word).returncode == 0
        assert overlay.read_text() == line


@pytest.mark.parametrize("words", [(), ("--data",), ("--format",), ("--data", "/etc/fstab")])
def test_words_that_it_does_not_know_change_nothing(card: Card, words: tuple[str, ...]) -> None:
    before = card.tree()
    assert card.run(*words).returncode != 0
    assert card.tree() == before
