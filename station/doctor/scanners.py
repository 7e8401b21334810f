"""Scanners and their key maps: there, of the right kind, free or held by the station, and the station may use them."""

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import msgspec

from station.config.reading import ConfigError
from station.config.scanners import HidScanner, SerialScanner
from station.devices.keymap import keymap
from station.devices.scanner import ScannerAbsent, ScannerUnavailable
from station.devices.scanner_hid import find_keyboard, types_digits
from station.devices.scanner_serial import open_port
from station.doctor.examination import Examination
from station.doctor.findings import Fault, Finding, Mark, ok
from station.doctor.machine import names

ABSENT = Fault("scanner-absent", "{name}: {path} is not there", "Plug it in, or correct its entry in [[scanners]]")
AMBIGUOUS = Fault("scanner-ambiguous", "{name}: not one device: {reason}", "Name it by its own path, not by its USB id")
KIND = Fault(
    "scanner-kind",
    "{name}: {path} is no {kind}",
    "Set the entry to the device that is meant: firmware_config/README.md has the commands that show the names",
)
FORBIDDEN = Fault(
    "scanner-forbidden",
    "{name}: {user} may not read and write {path} (group {group}, mode {mode})",
    "Install firmware_config/udev, and let the unit have the group: SupplementaryGroups=input dialout lp gpio",
)
BUSY = Fault("scanner-busy", "{name}: {path} is held by {holders}", "Stop that program: two cannot share a scanner")
DOWN = Fault(
    "scanner-down",
    "{name}: the station runs, and has no connection to {path}",
    "journalctl -u packing-station says why; unplug it and plug it in again",
)
BROKEN = Fault(
    "scanner-broken",
    "{name}: it cannot be opened: {reason}",
    "Unplug it and plug it in again; if that does not help, replace it",
)
LIBRARY = Fault(
    "scanner-library", "{name}: the library evdev is not installed", "scripts/setup station installs what a bench needs"
)
UNSEEN = Fault(
    "scanner-unseen", "{name}: this user may not open {path}: whether it is free was not tried", "Use sudo", Mark.UNSEEN
)
KEYMAP = Fault(
    "keymap-wrong", "{name}: no key map: {reason}", "Correct layout, or the file that it names (docs/scanners.md)"
)

_EVIOCGRAB = 0x40044590  # Linux, include/uapi/linux/input.h
READ_AND_WRITE = 6


def look(examination: Examination) -> Iterator[Finding]:
    """A line for each scanner."""
    for scanner in examination.station.scanners:
        yield _scanner(examination, scanner)


def look_at_keymaps(examination: Examination) -> Iterator[Finding]:
    """A line for each scanner that is a keyboard."""
    for scanner in examination.station.scanners:
        if isinstance(scanner, HidScanner):
            try:
                is_file = scanner.layout.startswith("/")
                layout = keymap(str(examination.machine.path(scanner.layout)) if is_file else scanner.layout)
            except ConfigError as error:
                yield KEYMAP.found(name=scanner.name, reason=error)
            else:
                yield ok(f"{scanner.name}: {layout.name}, {len(layout.keys)} keys")


def _scanner(examination: Examination, scanner: HidScanner | SerialScanner) -> Finding:
    if isinstance(scanner, HidScanner):
        try:
            named = _keyboard(examination, scanner)
        except ScannerAbsent:
            return ABSENT.found(name=scanner.name, path=f"a keyboard with the USB id {scanner.device}")
        except ScannerUnavailable as error:
            return AMBIGUOUS.found(name=scanner.name, reason=error)
        if find_spec("evdev") is None:
            return LIBRARY.found(name=scanner.name)
    else:
        named = scanner.port
    return _wrong_with_node(examination, scanner, named) or _use(examination, scanner, named)


def _keyboard(examination: Examination, scanner: HidScanner) -> str:
    if scanner.device.startswith("/"):
        return scanner.device
    path = examination.machine.path
    return find_keyboard(scanner.device, sysfs=path("/sys/class/input"), by_path=path("/dev/input/by-path"))


def _wrong_with_node(examination: Examination, scanner: HidScanner | SerialScanner, named: str) -> Finding | None:
    machine, path = examination.machine, examination.machine.path(named)
    kind = "keyboard" if isinstance(scanner, HidScanner) else "serial port"
    try:
        found = path.stat()
    except OSError:
        return ABSENT.found(name=scanner.name, path=named)
    is_device = stat.S_ISCHR(found.st_mode)
    if not is_device or (isinstance(scanner, HidScanner) and not _is_keyboard(examination, found.st_rdev)):
        return KIND.found(name=scanner.name, path=named, kind=kind)
    account = examination.daemon.account
    if account is not None and not account.may(path, READ_AND_WRITE):
        return FORBIDDEN.found(
            name=scanner.name,
            user=account.name,
            path=named,
            group=machine.group_of(path),
            mode=f"{found.st_mode & 0o777:o}",
        )
    return None


def _is_keyboard(examination: Examination, number: int) -> bool:
    return types_digits(examination.machine.path(f"/sys/dev/char/{os.major(number)}:{os.minor(number)}/device"))


def _use(examination: Examination, scanner: HidScanner | SerialScanner, named: str) -> Finding:
    """Who has it; tried only where the station does not run: opening a port can reset a scanner."""
    path, said = examination.machine.path(named), examination.said
    strangers = [each for each in examination.machine.holders(path) if each.pid != examination.daemon.pid]
    if examination.daemon.runs:
        if said is not None and not said.status.scanners.get(scanner.name, False):
            return (
                BUSY.found(name=scanner.name, path=named, holders=names(strangers))
                if strangers
                else DOWN.found(name=scanner.name, path=named)
            )
        return ok(f"{scanner.name}: {named}, held by the station")
    if strangers and isinstance(scanner, SerialScanner):
        return BUSY.found(name=scanner.name, path=named, holders=names(strangers))
    return _tried(scanner, named, path, names(strangers))


def _tried(scanner: HidScanner | SerialScanner, named: str, path: Path, holders: str) -> Finding:
    """As the station would take it."""
    try:
        if isinstance(scanner, HidScanner):
            grab_once(path)
        else:
            open_port(msgspec.structs.replace(scanner, port=str(path))).close()
    except PermissionError:
        return UNSEEN.found(name=scanner.name, path=named)
    except ScannerUnavailable as error:
        cause = error.__cause__
        number = cause.args[0] if cause is not None and cause.args else None
        return _refused(scanner, named, holders, number, str(error))
    except OSError as error:
        return _refused(scanner, named, holders, error.errno, str(error))
    return ok(f"{scanner.name}: {named}, free")


def _refused(scanner: HidScanner | SerialScanner, named: str, holders: str, number: object, reason: str) -> Finding:
    match number:
        case errno.EBUSY | errno.EAGAIN:
            return BUSY.found(name=scanner.name, path=named, holders=holders)
        case errno.EACCES | errno.EPERM:
            return UNSEEN.found(name=scanner.name, path=named)
        case errno.ENOTTY | errno.EINVAL:
            kind = "keyboard" if isinstance(scanner, HidScanner) else "serial port"
            return KIND.found(name=scanner.name, path=named, kind=kind)
        case _:
            return BROKEN.found(name=scanner.name, reason=reason)


def grab_once(path: Path) -> None:
    """Take a keyboard for itself, and let it go. Raises OSError: EBUSY where another has it."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    try:
        fcntl.ioctl(descriptor, _EVIOCGRAB, 1)
        fcntl.ioctl(descriptor, _EVIOCGRAB, 0)
    finally:
        os.close(descriptor)
