"""The clock: set by somebody, set right, and whether it leapt since the machine started."""

import ctypes
from collections.abc import Iterator

from station.clock import elapsed_s, wall_clock_s
from station.doctor.examination import Examination
from station.doctor.findings import Fault, Finding, Mark, ok

NOT_SYNCHRONISED = Fault(
    "clock-not-synchronised",
    "the clock is not synchronised: times on screens and in records may be wrong",
    "Name a time server that this network reaches: NTP= in /etc/systemd/timesyncd.conf.d/; timedatectl timesync-status",
)
NOBODY = Fault(
    "clock-nobody",
    "no program sets the clock",
    "apt-get install systemd-timesyncd: without a battery the clock stands where it stood when the power went",
)
LEAPT = Fault(
    "clock-leapt",
    "the clock was set {direction} by {seconds} s since the machine started",
    "Nothing is lost by it. Where it comes at every start: a battery for the clock (a Pi 5 has the socket), or a time "
    "server nearer by",
    Mark.NOTE,
)

LEAP_S = 60
SETTERS = ("systemd-timesyncd", "dbus-org.freedesktop.timesync1", "chrony", "chronyd", "ntpsec", "ntp")
_TIME_ERROR = 5  # adjtimex(2): the clock is not synchronised
_MANAGER = ("org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager")


def look(examination: Examination) -> Iterator[Finding]:
    """Whether it is set, and whether it was set."""
    machine = examination.machine
    folders = ("/etc/systemd/system", "/etc/systemd/system/*.wants")
    if is_synchronised() or machine.path("/run/systemd/timesync/synchronized").exists():
        yield ok("the clock is synchronised")
    elif not any(machine.glob(f"{folder}/{name}.service") for folder in folders for name in SETTERS):
        yield NOBODY.found()
    else:
        yield NOT_SYNCHRONISED.found()
    leap_s = _leap_s(examination)
    if leap_s is not None and abs(leap_s) >= LEAP_S:
        yield LEAPT.found(direction="forward" if leap_s > 0 else "back", seconds=f"{abs(leap_s):,.0f}")


def is_synchronised() -> bool:
    """As the kernel has it; to ask changes nothing."""
    request = ctypes.create_string_buffer(512)  # struct timex, with modes 0
    return bool(ctypes.CDLL(None).adjtimex(request) not in (-1, _TIME_ERROR))


def _leap_s(examination: Examination) -> float | None:
    """By how much the clock was set since systemd started, which then noted both clocks; None where it cannot say."""
    told = examination.machine.say(
        "busctl", "get-property", *_MANAGER, "UserspaceTimestamp", "UserspaceTimestampMonotonic"
    )
    try:
        wall_s, monotonic_s = (int(line.split()[1]) / 1e6 for line in (told or "").splitlines())
    except (ValueError, IndexError):
        return None
    return (wall_clock_s() - elapsed_s()) - (wall_s - monotonic_s)
