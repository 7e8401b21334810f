"""The database's disk: mount, room, flushes, health; and core files and swap. Each broken in turn."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.doctor import disk, memory
from station.doctor.findings import Mark
from tests.doctor.tree import DATA, SERVICE, Tree
from tests.system.disk import Disk

DISK = "/sys/devices/mmc0/block/mmcblk0"


def test_a_disk_with_room_is_well(tree: Tree) -> None:
    assert tree.faults("disk", "flush", "disk-health") == []
    assert "free, ext4" in tree.said("disk")
    assert "mmcblk0: no errors" in tree.said("disk-health")


def test_a_folder_that_is_not_there_is_said_once(tree: Tree) -> None:
    tree.path(DATA).rmdir()
    assert tree.faults("disk", "flush", "disk-health") == [disk.NO_FOLDER]


@pytest.mark.parametrize("kind", ["tmpfs", "overlay"])
def test_a_database_that_the_power_takes_with_it_is_found(tree: Tree, kind: str) -> None:
    tree.mount("rw", kind, "rw")
    assert tree.faults("disk") == [disk.VOLATILE]


@pytest.mark.parametrize("option", ["barrier=0", "nobarrier"])
def test_a_mount_that_loses_what_was_committed_is_found(tree: Tree, option: str) -> None:
    tree.mount("rw,noatime", "ext4", f"rw,{option}")
    assert tree.faults("disk") == [disk.NO_BARRIER]


def test_a_file_system_that_would_wait_for_a_person_after_a_power_cut_is_found(tree: Tree) -> None:
    tree.write("/proc/cmdline", "console=tty1 fsck.repair=no\n")
    assert tree.faults("disk") == [disk.NO_REPAIR]
    tree.mount("rw", "btrfs", "rw")
    assert tree.faults("disk") == []


@pytest.mark.parametrize(("options", "more"), [("ro", "rw"), ("rw", "ro")])
def test_a_disk_that_became_read_only_is_found(tree: Tree, options: str, more: str) -> None:
    tree.mount(options, "ext4", more)
    assert tree.faults("disk") == [disk.READ_ONLY]


@pytest.fixture
def small(tree: Tree) -> Iterator[Disk]:
    """The data partition is a file system of 32 MiB, where one can be mounted."""
    tree.path(DATA).rmdir()
    found = Disk(tree.path(DATA))
    if reason := found.make_small():
        pytest.skip(reason)
    yield found
    found.take_away()


def test_a_disk_that_fills_up_is_found_before_and_after(tree: Tree, small: Disk) -> None:
    assert tree.faults("disk") == [disk.LOW]
    small.fill()
    assert tree.faults("disk") == [disk.FULL]


def test_a_disk_without_room_for_files_is_found(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "LOW_FILES", 1 << 62)
    assert tree.faults("disk") == [disk.FILES]


def test_a_folder_that_the_unit_may_not_write_to_is_found(tree: Tree) -> None:
    tree.be_somebody_else()
    tree.path(DATA).chmod(0o755)
    assert tree.faults("disk") == [disk.UNWRITABLE]


def test_a_slow_disk_is_found_by_its_flushes(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "flush_times_s", lambda _folder: [0.11] * 20)
    assert tree.faults("flush") == [disk.SLOW]
    monkeypatch.setattr(disk, "flush_times_s", lambda _folder: [0.01] * 19 + [2.1])
    assert tree.faults("flush") == [disk.SLOW]
    assert "takes 10.0 ms, 2100.0 ms at worst" in tree.said("flush")


def test_flushes_are_timed_on_the_disk_and_leave_nothing_behind(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed, flush = [], os.fdatasync

    def counted(descriptor: int) -> None:
        flushed.append(os.fstat(descriptor).st_size)
        flush(descriptor)

    monkeypatch.setattr(os, "fdatasync", counted)
    assert len(disk.flush_times_s(tree.path(DATA))) == disk.FLUSHES
    assert flushed == [len(disk.BLOCK) * count for count in range(1, disk.FLUSHES + 1)]
    assert list(tree.path(DATA).iterdir()) == []


def test_a_folder_that_this_user_may_not_write_to_was_not_timed(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_folder: Path) -> list[float]:
        raise PermissionError

    monkeypatch.setattr(disk, "flush_times_s", refused)
    assert tree.faults("flush") == [disk.NOT_FLUSHED]


def test_errors_that_the_file_system_counted_are_told(tree: Tree) -> None:
    tree.write("/sys/fs/ext4/mmcblk0p2/errors_count", "3\n")
    tree.write("/sys/fs/ext4/mmcblk0p2/last_error_time", "1700000000\n")
    assert tree.faults("disk-health") == [disk.ERRORS]
    assert "3 errors of the file system, the last at 2023-11-1" in tree.said("disk-health")


def test_errors_on_the_way_to_the_card_are_told_but_not_those_of_every_start(tree: Tree) -> None:
    counted = "# Command Timeout Occurred:\t 7\n# Command CRC Errors Occurred:\t {}\n# Data Timeout Occurred:\t {}\n"
    tree.write("/sys/kernel/debug/mmc0/err_stats", counted.format(0, 0))
    assert tree.faults("disk-health") == []
    tree.write("/sys/kernel/debug/mmc0/err_stats", counted.format(1, 4))
    assert tree.faults("disk-health") == [disk.CARD_ERRORS]
    assert "5 errors between" in tree.said("disk-health")


def test_a_worn_card_is_told_as_far_as_it_says_so(tree: Tree) -> None:
    tree.write(f"{DISK}/device/life_time", "0x01 0x02\n")
    tree.write(f"{DISK}/device/pre_eol_info", "0x01\n")
    assert tree.faults("disk-health") == []
    assert "at most 20 % of its life time" in tree.said("disk-health")
    tree.write(f"{DISK}/device/life_time", "0x02 0x0b\n")
    assert tree.faults("disk-health") == [disk.WEARS_OUT]
    tree.write(f"{DISK}/device/pre_eol_info", "0x03\n")
    assert tree.faults("disk-health") == [disk.WEARS_OUT, disk.RESERVE]


def test_a_disk_that_the_kernel_does_not_show_is_not_looked_at(tree: Tree) -> None:
    tree.remove(f"/sys/dev/block/{tree.device}")
    assert [finding.mark for finding in tree.examine("disk-health")] == [Mark.NOT_HERE]


# --- Core files and swap ---------------------------------------------------------------------------------


def swap(tree: Tree) -> None:
    tree.write("/proc/swaps", "Filename Type Size Used Priority\n/dev/zram0 partition 1 0 100\n")


def process(tree: Tree, *, core: str = "0", swapped: int = 0) -> None:
    """The program's, in the machine's /proc."""
    limit = (
        f"Limit                     Soft Limit  Hard Limit  Units\nMax core file size        {core}  {core}  bytes\n"
    )
    tree.write("/proc/41/limits", limit)
    tree.write("/proc/41/status", f"VmRSS:\t 9 kB\nVmSwap:\t {swapped} kB\n")
    tree.write("/proc/41/cgroup", "0::/system.slice/packing-station.service\n")


def test_the_unit_that_we_ship_keeps_personal_data_in_memory(tree: Tree) -> None:
    assert tree.faults("memory") == []


def test_a_unit_without_a_limit_may_leave_a_core_file(tree: Tree) -> None:
    tree.replace(SERVICE, "LimitCORE=0", "")
    assert tree.faults("memory") == [memory.CORE]
    tree.write(f"{SERVICE}.d/core.conf", "[Service]\nLimitCORE=0\n")
    assert tree.faults("memory") == []


def test_of_a_running_program_the_kernels_word_counts(tree: Tree) -> None:
    process(tree, core="unlimited")
    assert tree.faults("memory") == [memory.CORE]
    process(tree)
    tree.replace(SERVICE, "LimitCORE=0", "")
    assert tree.faults("memory") == []


def test_swap_is_a_note_where_the_program_is_kept_out_of_it(tree: Tree) -> None:
    swap(tree)
    assert tree.faults("memory") == [memory.SWAP_ON]
    tree.write("/sys/fs/cgroup/cgroup.controllers", "cpuset cpu io pids\n")
    assert tree.faults("memory") == [memory.SWAP]
    tree.write("/sys/fs/cgroup/cgroup.controllers", "memory\n")
    tree.replace(SERVICE, "MemorySwapMax=0", "")
    assert tree.faults("memory") == [memory.SWAP]


def test_what_lies_in_swap_is_told(tree: Tree) -> None:
    swap(tree)
    process(tree, swapped=128)
    assert tree.faults("memory") == [memory.SWAPPED]
