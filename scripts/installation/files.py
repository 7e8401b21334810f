"""Which of our files go where outside of the version's directory, and what has to be told of a change there.

They go below /usr/local/lib, where systemd and udev look between Debian's own (/usr/lib) and the administrator's
(/etc): a file or drop-in in /etc is theirs, wins, and is never touched. GRUB alone reads no other place than /etc.
"""

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from installation.changes import Change
from installation.machine import Places, is_active, run

LIBRARY = "usr/local/lib"
DEVICES = ("gpio", "tty", "usb", "usbmisc")
"""The subsystems in our udev rules."""
TMPFILES = f"{LIBRARY}/tmpfiles.d"  # noqa: S108


@dataclass(frozen=True, slots=True)
class Kind:
    """Files of one kind."""

    shipped: str
    """As a pattern below a version's directory."""
    directory: str
    roles: tuple[str, ...] = ("station", "desk")
    tell: tuple[tuple[str, ...], ...] = ()
    """Commands that make a change count."""
    hears: str = ""
    """The service that is told; where it does not run there is nobody to tell."""
    needs: str = ""
    """The program that is told; where it is not installed, the file counts for nothing and does no harm."""


_UNITS = (("systemctl", "daemon-reload"),)
KINDS = (
    Kind("systemd/sysusers.d/*.conf", f"{LIBRARY}/sysusers.d", tell=(("systemd-sysusers",),)),
    Kind("systemd/tmpfiles.d/packing-station.conf", TMPFILES, ("station",)),
    Kind("systemd/tmpfiles.d/packing-desk.conf", TMPFILES, ("desk",)),
    Kind("systemd/packing-station*.*", f"{LIBRARY}/systemd/system", ("station",), _UNITS),
    Kind("systemd/packing-screen.service", f"{LIBRARY}/systemd/system", ("station",), _UNITS),
    Kind("systemd/packing-desk*.*", f"{LIBRARY}/systemd/system", ("desk",), _UNITS),
    Kind("systemd/catalog/*.catalog", f"{LIBRARY}/systemd/catalog", tell=(("journalctl", "--update-catalog"),)),
    # From the next boot on: a manager that is asked to start its watchdog now would do it in the middle of a shift.
    Kind("systemd/system.conf.d/*.conf", f"{LIBRARY}/systemd/system.conf.d", ("station",)),
    Kind(
        "systemd/journald.conf.d/*.conf",
        f"{LIBRARY}/systemd/journald.conf.d",
        tell=(("systemctl", "try-restart", "systemd-journald.service"),),
        hears="systemd-journald.service",
    ),
    Kind(
        "systemd/timesyncd.conf.d/*.conf",
        f"{LIBRARY}/systemd/timesyncd.conf.d",
        ("station",),
        (("systemctl", "try-restart", "systemd-timesyncd.service"),),
        "systemd-timesyncd.service",
    ),
    Kind(
        "systemd/modules-load.d/*.conf",
        f"{LIBRARY}/modules-load.d",
        ("station",),
        (("systemctl", "restart", "systemd-modules-load.service"),),
    ),
    Kind(
        "firmware_config/udev/*.rules",
        f"{LIBRARY}/udev/rules.d",
        ("station",),
        (
            ("udevadm", "control", "--reload"),
            ("udevadm", "trigger", "--action=change", *(f"--subsystem-match={name}" for name in DEVICES)),
        ),
        "systemd-udevd.service",
    ),
    Kind("firmware_config/grub/*.cfg", "etc/default/grub.d", tell=(("update-grub",),), needs="update-grub"),
)


def shipped(version: Path, roles: Iterable[str]) -> dict[str, Path]:
    """The files of a version for these roles: where each goes, relative to the root, and where it comes from."""
    wanted = set(roles)
    return {
        f"{kind.directory}/{file.name}": file
        for kind in KINDS
        if wanted & set(kind.roles)
        for file in sorted(version.glob(kind.shipped))
    }


def placing(places: Places, version: Path, roles: Iterable[str], placed: Iterable[str]) -> Iterator[Change]:
    """What makes the files outside those of this version; of those ``placed`` before, what it has not goes away."""
    wanted = shipped(version, roles)
    touched = []
    for name in sorted(set(placed) - set(wanted)):
        if (places.root / name).exists():
            touched.append(name)
            yield Change(f"remove /{name}", (places.root / name).unlink)
    for name, source in wanted.items():
        there = places.root / name
        if not there.exists() or there.read_bytes() != source.read_bytes():
            touched.append(name)
            yield Change(f"{'change' if there.exists() else 'write'} /{name}", partial(_place, source, there))
    yield from telling(touched)


def telling(touched: Iterable[str]) -> Iterator[Change]:
    """What makes changes of these files count, in the order of the table."""
    directories = {str(Path(name).parent) for name in touched}
    told = (kind for kind in KINDS if kind.directory in directories and _is_heard(kind))
    commands = (command for kind in told for command in kind.tell)
    for command in dict.fromkeys(commands):
        yield Change(f"run {' '.join(command)}", partial(_run, command))


def _is_heard(kind: Kind) -> bool:
    return (not kind.hears or is_active(kind.hears)) and (not kind.needs or shutil.which(kind.needs) is not None)


def creating(places: Places, version: Path, roles: Iterable[str]) -> Iterator[Change]:
    """The directories of tmpfiles.d that are not there."""
    for name in shipped(version, roles):
        if not name.startswith(TMPFILES):
            continue
        text = (version / "systemd/tmpfiles.d" / Path(name).name).read_text()
        paths = [line.split()[1] for line in text.splitlines() if line.startswith("d")]
        missing = [path for path in paths if not (places.root / path.lstrip("/")).is_dir()]
        if missing:
            command = ("systemd-tmpfiles", "--create", f"/{name}")
            yield Change(f"make {', '.join(missing)}", partial(_run, command))


def _run(words: tuple[str, ...]) -> None:
    run(*words)


def _place(source: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    scratch = to.with_name(f".{to.name}.new")
    shutil.copyfile(source, scratch)
    scratch.chmod(0o644)
    scratch.replace(to)
