"""The disk of the database: what it is, room, time to flush, and its health as far as the kernel tells."""

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from station.doctor.examination import Examination
from station.doctor.findings import Fault, Finding, Mark, not_here, ok
from station.doctor.machine import Machine
from station.sqlite import ROOM_BYTES

LOW_BYTES = 256 << 20
LOW_FILES = 1_000
FLUSHES = 20
BLOCK = bytes(4096)
SLOW_MEDIAN_S = 0.1
SLOW_WORST_S = 2.0
REPAIR = "fsck.repair=yes"
"""Of systemd-fsck@.service(8): without it e2fsck gives up on a superblock whose checksum is wrong, which a power cut in
the middle of its two sectors leaves."""
WORN = 9
"""JEDEC JESD84-B51, DEVICE_LIFE_TIME_EST: tenths of the life time used, begun; 11 is beyond it."""

NO_FOLDER = Fault("disk-no-folder", "{folder} is not there", "Start the program once: systemd makes it; or make it")
VOLATILE = Fault(
    "disk-volatile",
    "{folder} is on {kind}: with the power, all holds and records are gone",
    "Put the database on a real disk: correct its path, or let scripts/prepare-card make one (docs/card.md)",
)
NO_BARRIER = Fault(
    "disk-no-barrier",
    "{folder} is mounted with {option}: a power cut loses what was committed, or all of it",
    "Take the option out of /etc/fstab and reboot",
)
NO_REPAIR = Fault(
    "disk-no-repair",
    "{folder}: a file system that a power cut tore is not repaired at start: the machine waits for a person",
    "Add fsck.repair=yes to the kernel's command line (/boot/firmware/cmdline.txt; with GRUB scripts/install does it)"
    " and reboot",
)
READ_ONLY = Fault(
    "disk-read-only",
    "{folder} is mounted read-only: nothing can be decided",
    "The kernel does this after errors (check disk-health): replace the card; else correct /etc/fstab",
)
FULL = Fault(
    "disk-full", "{folder}: {free} free: nothing is printed", "Make room: journalctl --vacuum-size=100M, old files"
)
LOW = Fault(
    "disk-low", "{folder}: {free} free", "Make room before it is full: journalctl --vacuum-size=100M, old files"
)
FILES = Fault("disk-files", "{folder}: {files} files can be made", "Remove small files that nobody needs: df -i")
SLOW = Fault(
    "disk-slow",
    "{folder}: a flush takes {median} ms, {worst} ms at worst",
    "Another card (application class A2), or an SSD: each print waits for one flush. At worst: see check disk-health",
)
UNWRITABLE = Fault("disk-unwritable", "{folder}: {user} may not write there", "chown -R {user} {folder}")
NOT_FLUSHED = Fault(
    "disk-not-measured", "{folder}: this user may not write there: a flush was not timed", "Use sudo", Mark.UNSEEN
)
ERRORS = Fault(
    "disk-errors",
    "{disk}: {errors} errors of the file system, the last at {at}",
    "Copy the database away (docs/set-up.md), replace the card now, and look what was lost: e2fsck -f",
)
CARD_ERRORS = Fault(
    "disk-card-errors",
    "{disk}: {errors} errors between the card and the machine",
    "Reseat the card; if it goes on, replace it",
    Mark.NOTE,
)
WEARS_OUT = Fault(
    "disk-worn",
    "{disk}: {percent} % of its life time is used",
    "Replace it at the next quiet hour: a card that fails takes the journal with it",
)
RESERVE = Fault("disk-reserve", "{disk}: its spare blocks are used up ({level})", "Replace it now")


@dataclass(frozen=True, slots=True)
class Mount:
    """Where a folder lies."""

    device: str
    """major:minor."""
    kind: str
    options: frozenset[str]


def look(examination: Examination) -> Iterator[Finding]:
    """What it is mounted from, and room."""
    folder, path = examination.database.parent, examination.machine.path(examination.database.parent)
    if not path.is_dir():
        yield NO_FOLDER.found(folder=folder)
        return
    mount = mount_of(examination.machine, path)
    yield from _wrong_with_mount(folder, mount)
    if mount is not None and mount.kind.startswith("ext") and REPAIR not in _command_line(examination.machine):
        yield NO_REPAIR.found(folder=folder)
    account = examination.daemon.account
    if account is not None and not account.may(path, 3):
        yield UNWRITABLE.found(folder=folder, user=account.name)
    room = os.statvfs(path)
    free = room.f_bavail * room.f_frsize
    if free < ROOM_BYTES:
        yield FULL.found(folder=folder, free=_size(free))
    elif free < LOW_BYTES:
        yield LOW.found(folder=folder, free=_size(free))
    elif room.f_files and room.f_favail < LOW_FILES:
        yield FILES.found(folder=folder, files=room.f_favail)
    else:
        yield ok(f"{folder}: {_size(free)} free, {mount.kind if mount else 'file system unknown'}")


def _wrong_with_mount(folder: Path, mount: Mount | None) -> Iterator[Finding]:
    if mount is None:
        return
    if mount.kind in ("tmpfs", "ramfs", "overlay"):
        yield VOLATILE.found(folder=folder, kind=mount.kind)
    for option in sorted(mount.options & {"barrier=0", "nobarrier"}):
        yield NO_BARRIER.found(folder=folder, option=option)
    if "ro" in mount.options:
        yield READ_ONLY.found(folder=folder)


def _command_line(machine: Machine) -> list[str]:
    return (machine.read("/proc/cmdline") or "").split()


def look_at_flushing(examination: Examination) -> Iterator[Finding]:
    """Timed in the folder itself, as a commit does it."""
    folder, path = examination.database.parent, examination.machine.path(examination.database.parent)
    try:
        times_s = flush_times_s(path)
    except PermissionError:
        yield NOT_FLUSHED.found(folder=folder)
        return
    except OSError as error:
        yield not_here(f"{folder}: no flush was timed ({error.strerror}); check disk says why")
        return
    median_s, worst_s = statistics.median(times_s), max(times_s)
    facts = {"folder": folder, "median": f"{median_s * 1000:.1f}", "worst": f"{worst_s * 1000:.1f}"}
    if median_s > SLOW_MEDIAN_S or worst_s > SLOW_WORST_S:
        yield SLOW.found(**facts)
    else:
        yield ok("{folder}: a flush takes {median} ms, {worst} ms at worst".format(**facts))


def flush_times_s(folder: Path) -> list[float]:
    """Of a block each, written at the end of a file. Raises OSError."""
    times_s = []
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        for _ in range(FLUSHES):
            file.write(BLOCK)
            began_s = time.monotonic()
            os.fdatasync(file.fileno())
            times_s.append(time.monotonic() - began_s)
    return times_s


def look_at_health(examination: Examination) -> Iterator[Finding]:
    """What the kernel counts of the disk, and what the disk says of itself."""
    machine = examination.machine
    mount = mount_of(machine, _existing(machine.path(examination.database.parent)))
    block = None if mount is None else machine.path(f"/sys/dev/block/{mount.device}")
    if block is None or not block.exists():
        yield not_here("the database lies on no disk that the kernel shows")
        return
    partition = block.resolve()
    disk = partition.parent if (partition / "partition").exists() else partition
    found = [*_file_system_errors(machine, partition), *_card_errors(machine, disk), *_wear(disk)]
    yield from found
    if all(each.mark is Mark.OK for each in found):
        yield ok(f"{disk.name}: no errors")


def _file_system_errors(machine: Machine, partition: Path) -> Iterator[Finding]:
    counted = machine.path(f"/sys/fs/ext4/{partition.name}")
    errors = _number(counted / "errors_count")
    if errors:
        last_s = _number(counted / "last_error_time") or 0
        at = time.strftime("%Y-%m-%d %H:%M", time.localtime(last_s))
        yield ERRORS.found(disk=partition.name, errors=errors, at=at)


def _card_errors(machine: Machine, disk: Path) -> Iterator[Finding]:
    """Linux 6.0 and later count them for root: /sys/kernel/debug/mmc0/err_stats, for mmcblk0."""
    if not disk.name.startswith("mmcblk"):
        return
    text = ""
    with suppress(PermissionError):
        text = machine.read(f"/sys/kernel/debug/mmc{disk.name.removeprefix('mmcblk')}/err_stats") or ""
    # Commands time out at every start, when the kernel tries what kind of card it is.
    counts = [int(line.rpartition(":")[2]) for line in text.splitlines() if "CRC" in line or "Data Timeout" in line]
    if sum(counts):
        yield CARD_ERRORS.found(disk=disk.name, errors=sum(counts))


def _wear(disk: Path) -> Iterator[Finding]:
    """eMMC says it; SD cards do not (Linux, Documentation/driver-api/mmc/mmc-dev-attrs)."""
    with suppress(OSError, ValueError):
        used = max(int(word, 16) for word in (disk / "device/life_time").read_text().split())
        if used >= WORN:
            yield WEARS_OUT.found(disk=disk.name, percent=min(used * 10, 100))
        elif used:
            yield ok(f"{disk.name}: at most {used * 10} % of its life time is used")
    with suppress(OSError, ValueError, KeyError):
        level = int((disk / "device/pre_eol_info").read_text(), 16)
        if level >= 2:
            yield RESERVE.found(disk=disk.name, level={2: "80 %", 3: "urgent"}[level])


def mount_of(machine: Machine, folder: Path) -> Mount | None:
    """By the number of its file system (proc(5), mountinfo)."""
    number = folder.stat().st_dev
    device = f"{os.major(number)}:{os.minor(number)}"
    for line in reversed((machine.read("/proc/self/mountinfo") or "").splitlines()):
        words = line.split()
        if words[2] == device:
            rest = words[words.index("-") + 1 :]
            return Mount(device, rest[0], frozenset([*words[5].split(","), *rest[2].split(",")]))
    return None


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    return next(each for each in (folder, *folder.parents) if each.exists())


def _number(path: Path) -> int | None:
    with suppress(OSError, ValueError):
        return int(path.read_text())
    return None


def _size(count: int) -> str:
    return f"{count / (1 << 30):.1f} GiB" if count >= 1 << 30 else f"{count / (1 << 20):.1f} MiB"
