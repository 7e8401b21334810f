"""What an installation would change, in a root of its own: said before, made once, and nobody else's files."""

import os
import re
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from installation import bundle, databases, files, install, packages, programs, uninstall
from installation.changes import Refused, carry_out
from installation.install import Wish
from installation.machine import Installed, Places, Target, current_version, switch_to, target_of
from installation.manifest import Manifest, parse, sums_of

REPOSITORY = Path(__file__).parents[2]
PI = Target("13", "arm64", "3.13")


@pytest.fixture
def places(tmp_path: Path) -> Places:
    (tmp_path / "root").mkdir()
    return Places(tmp_path / "root")


def a_bundle(folder: Path, roles: tuple[str, ...] = ("station",), target: Target = PI) -> Path:
    """With our own files, and no programs."""
    for name in ("systemd", "firmware_config"):
        (folder / "bundle").mkdir(parents=True, exist_ok=True)
        (folder / "bundle" / name).symlink_to(REPOSITORY / name)
    Manifest("1.0+abc", roles, target, sums_of(folder / "bundle")).write(folder / "bundle")
    return folder / "bundle"


def everything_below(root: Path) -> list[Path]:
    return sorted(root.rglob("*"))


def test_a_dry_run_says_every_change_and_makes_none(
    places: Places, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wish = Wish(("station",), dry_run=True)
    assert install.install(places, a_bundle(tmp_path), wish, PI) == 0
    said = capsys.readouterr().out.splitlines()
    assert everything_below(places.root) == []
    assert all(line.startswith("would ") for line in said)
    for change in (
        f"would make {places.versions}/1.0+abc with its Python packages",
        f"would write {places.configuration}/station.toml from the shipped example: edit it before the first start",
        "would write /usr/local/lib/systemd/system/packing-station.service",
        "would write /usr/local/lib/udev/rules.d/70-packing-station.rules",
        "would run systemd-sysusers",
        "would run systemctl daemon-reload",
        "would switch from nothing to 1.0+abc",
        "would enable packing-station.service, and start it once it has its configuration and keys",
    ):
        assert change in said
    assert not any("desk" in line for line in said)


def test_a_bundle_for_another_machine_or_role_is_refused(places: Places, tmp_path: Path) -> None:
    bundle = a_bundle(tmp_path)
    with pytest.raises(
        Refused, match=r"this bundle is for Debian 13, arm64, Python 3\.13, and the machine is Debian 12"
    ):
        install.install(places, bundle, Wish(("station",), dry_run=True), Target("12", "arm64", "3.11"))
    with pytest.raises(Refused, match="this machine needs: scripts/bundle --role desk"):
        install.install(places, bundle, Wish(("desk",), dry_run=True), PI)


def test_a_damaged_bundle_is_refused_with_the_file(places: Places, tmp_path: Path) -> None:
    bundle = a_bundle(tmp_path)
    (bundle / "systemd").unlink()
    (bundle / "systemd").mkdir()
    (bundle / "added").touch()
    with pytest.raises(Refused, match="damaged: added"):
        install.install(places, bundle, Wish(("station",), dry_run=True), PI)


@pytest.mark.parametrize("text", [b"{}", b"no json", b'{"version": 1, "roles": 2, "target": {}, "sums": {}}'])
def test_a_manifest_that_cannot_be_read_is_refused(text: bytes) -> None:
    with pytest.raises(Refused, match="make the bundle anew"):
        parse(text)


def placed(places: Places, version: Path, roles: tuple[str, ...], before: list[str]) -> list[str]:
    """Make the files, tell nobody; what was said."""
    changes = [each for each in files.placing(places, version, roles, before) if not each.words.startswith("run ")]
    carry_out(changes, dry_run=False)
    return [each.words for each in changes]


def test_files_are_placed_once_and_those_of_former_versions_go(places: Places, tmp_path: Path) -> None:
    version = a_bundle(tmp_path)
    old = places.root / "usr/local/lib/systemd/system/packing-old.service"
    theirs = places.root / "usr/local/lib/systemd/system/theirs.service"
    for file in (old, theirs):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    before = [str(old.relative_to(places.root)), "usr/local/lib/gone-already"]
    assert "remove /usr/local/lib/systemd/system/packing-old.service" in placed(places, version, ("station",), before)
    assert (not old.exists(), theirs.exists()) == (True, True)
    unit = places.root / "usr/local/lib/systemd/system/packing-station.service"
    assert unit.read_bytes() == (REPOSITORY / "systemd/packing-station.service").read_bytes()
    assert placed(places, version, ("station",), list(files.shipped(version, ("station",)))) == []
    unit.write_text("spoiled")
    assert placed(places, version, ("station",), []) == [f"change /{unit.relative_to(places.root)}"]


@pytest.mark.parametrize(("role", "other"), [("station", "desk"), ("desk", "station")])
def test_each_role_gets_its_own_units_and_directories(role: str, other: str) -> None:
    names = [Path(name).name for name in files.shipped(REPOSITORY, (role,)) if "/systemd/system/" in name]
    assert f"packing-{role}.service" in names
    assert not any(other in name for name in names)
    assert f"usr/local/lib/tmpfiles.d/packing-{role}.conf" in files.shipped(REPOSITORY, (role,))


def test_every_shipped_file_of_systemd_and_udev_goes_somewhere() -> None:
    placed = set(files.shipped(REPOSITORY, ("station", "desk")).values())
    ours = {file for file in (REPOSITORY / "systemd").rglob("*") if file.is_file() and file.suffix != ".md"}
    others = {file for folder in ("udev", "grub") for file in (REPOSITORY / "firmware_config" / folder).iterdir()}
    assert ours | others == placed


def test_where_grub_starts_the_machine_it_is_told_and_elsewhere_nobody_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touched = ["etc/default/grub.d/packing-station.cfg"]
    monkeypatch.setenv("PATH", str(tmp_path))
    assert list(files.telling(touched)) == []
    (tmp_path / "update-grub").write_text("#!/bin/sh\n")
    (tmp_path / "update-grub").chmod(0o755)
    assert [each.words for each in files.telling(touched)] == ["run update-grub"]


def test_the_kernels_words_are_added_to_those_that_are_there() -> None:
    script = 'GRUB_CMDLINE_LINUX=quiet; . "$0"; printf %s "$GRUB_CMDLINE_LINUX"'
    words = ("sh", "-euc", script, str(REPOSITORY / "firmware_config/grub/packing-station.cfg"))
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert said == "quiet fsck.repair=yes"


def test_the_switch_to_a_version_replaces_the_one_before(places: Places) -> None:
    places.versions.mkdir(parents=True)
    assert current_version(places) == ""
    for version in ("1", "2"):
        switch_to(places, version)
        assert current_version(places) == version


def test_two_versions_are_kept_the_present_and_one_to_go_back_to(places: Places) -> None:
    for number, version in enumerate(("1", "2", "3", "4")):
        (places.versions / version).mkdir(parents=True)
        os.utime(places.versions / version, (number, number))
    switch_to(places, "2")
    carry_out(programs.removing_old(places), dry_run=False)
    assert sorted(path.name for path in places.versions.iterdir()) == ["2", "4", "current"]


def test_what_was_done_is_remembered(places: Places) -> None:
    assert Installed.read(places) == Installed([], [], [])
    done = Installed(["station"], ["usr/local/lib/x"], ["libusb-1.0-0"])
    done.write(places)
    assert Installed.read(places) == done


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ('ID=debian\nVERSION_ID="12"\n', "12"),
        ('ID=raspbian\nVERSION_ID="13"\n', "13"),
        ('ID=ubuntu\nVERSION_ID="12"\n', ""),
        ('ID=debian\nVERSION_ID="11"\n', ""),
        ("", ""),
    ],
)
def test_debian_12_and_13_are_known_and_nothing_else(text: str, meant: str) -> None:
    if meant:
        assert target_of(text, "arm64", "3.11").debian == meant
    else:
        with pytest.raises(Refused, match="Debian or Raspberry Pi OS 12 or 13 is needed"):
            target_of(text, "arm64", "3.11")


def a_database(file: Path, rows: int, schema: int) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("CREATE TABLE IF NOT EXISTS t (x)")
        db.executemany("INSERT INTO t VALUES (?)", [(row,) for row in range(rows)])
        db.execute(f"PRAGMA user_version = {schema}")


def rows_of(file: Path) -> int:
    with closing(sqlite3.connect(file)) as db:
        return int(db.execute("SELECT count(*) FROM t").fetchone()[0])


def test_a_database_of_a_newer_form_is_put_back_as_it_was(places: Places) -> None:
    data = places.data("station")
    data.mkdir(parents=True)
    a_database(data / "station.db", 3, schema=5)
    kept = databases.keep(places, "station")
    a_database(data / "station.db", 2, schema=5)
    assert kept.changed() == []
    a_database(data / "station.db", 0, schema=6)
    assert kept.changed() == ["station.db"]
    kept.put_back()
    assert (kept.changed(), rows_of(data / "station.db")) == ([], 3)
    kept.remove()
    assert [file.name for file in data.iterdir()] == ["station.db"]


def test_a_damaged_database_is_said_and_left_as_it_is(places: Places, capsys: pytest.CaptureFixture[str]) -> None:
    data = places.data("desk")
    data.mkdir(parents=True)
    (data / "desk.db").write_bytes(b"no database, and long enough to be taken for one" * 100)
    before = (data / "desk.db").read_bytes()
    kept = databases.keep(places, "desk")
    assert "desk.db cannot be copied (file is not a database)" in capsys.readouterr().out
    assert (kept.changed(), (data / "desk.db").read_bytes() == before) == ([], True)


def test_the_debian_packages_are_those_of_setup() -> None:
    setup = (REPOSITORY / "scripts/setup").read_text()
    for role, needed in packages.NEEDED.items():
        blocks = re.findall(rf"is_one_of \"\$profile\" [^;]*\b{role}\b[^;]*; then\n(.*?)  fi\n", setup, re.DOTALL)
        named = {name for block in blocks for name in re.findall(r"need (\S+)", block)}
        assert set(needed) == named


@pytest.mark.parametrize("role", ["station", "desk"])
def test_what_a_bundle_takes_is_pinned_as_the_constraints_and_has_its_sums(role: str) -> None:
    constraints = dict(
        re.findall(r"^(\S+)==(\S+)$", (REPOSITORY / "constraints.txt").read_text().lower(), re.MULTILINE)
    )
    constraints = {name.replace("_", "-"): version for name, version in constraints.items()}
    text = (REPOSITORY / bundle.LOCKS / f"{role}.txt").read_text()
    entries = re.split(r"^(?=[a-z])", text, flags=re.MULTILINE)[1:]
    assert len(entries) > 10
    for entry in entries:
        name, version = entry.split()[0].split("==")
        assert "--hash=sha256:" in entry
        assert constraints.get(name, version) == version
        assert name in constraints or name == "pip" or "sys_platform == 'win32'" in entry


def test_purged_the_desks_copies_go_and_what_lies_beside_them_stays(places: Places) -> None:
    places.backups.mkdir(parents=True)
    for name in ("desk-09.db", "desk-10.db", "desk-10.db.new", "theirs.tar"):
        (places.backups / name).touch()
    changes = [each for each in uninstall.purging(places) if "copies" in each.words]
    carry_out(changes, dry_run=False)
    assert [path.name for path in places.backups.iterdir()] == ["theirs.tar"]
    assert [each.words for each in uninstall.purging(places) if "copies" in each.words] == []
