"""The desk's hourly copies: the newest is what a damaged database is replaced by."""

from collections.abc import Iterator

from station.clock import wall_clock_s
from station.doctor.examination import Examination
from station.doctor.findings import Fault, Finding, not_here, ok

FOLDER = "/var/backups/packing-desk"
OLD_S = 3 * 3600
"""Two tries of packing-desk-backup.timer came to nothing."""
TIMER = "packing-desk-backup.timer"

NONE = Fault(
    "backup-none",
    f"{FOLDER}: no copy of the database is there",
    "systemctl start packing-desk-backup, and see what it says: journalctl -u packing-desk-backup",
)
OLD = Fault(
    "backup-old",
    f"{FOLDER}: the newest copy of the database is {{hours}} hours old",
    "journalctl -u packing-desk-backup says why; systemctl start packing-desk-backup tries again",
)


def look(examination: Examination) -> Iterator[Finding]:
    """How old the newest is, unless the site has masked the timer: then it has a backup of its own."""
    if any(path.is_symlink() for path in examination.machine.glob(f"/etc/systemd/system/{TIMER}")):
        yield not_here(f"{TIMER} is masked: this site has a backup of its own")
        return
    folder = examination.machine.path(FOLDER)
    copies = [each.stat().st_mtime for each in folder.iterdir() if each.suffix == ".db"] if folder.is_dir() else []
    if not copies:
        yield NONE.found()
        return
    age_s = max(0.0, wall_clock_s() - max(copies))
    if age_s > OLD_S:
        yield OLD.found(hours=round(age_s / 3600))
    else:
        yield ok(f"{FOLDER}: {len(copies)} copies, the newest {age_s / 60:.0f} minutes old")
