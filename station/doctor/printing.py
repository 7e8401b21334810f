"""The printer: there, the model that is configured, ready. While the station runs, as that says; else it is asked."""

import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext

import msgspec

from station.commission.printer import asked, compared, place_of
from station.config.printer import FilePrinter, Printer, SerialPrinter, TcpPrinter, UsbPrinter
from station.devices.printer.expectation import Expectation
from station.devices.printer.kept import PrinterLock, PrinterTaken, kept_beside, read_kept
from station.devices.printer.line import LineLostError, LineUnavailableError
from station.devices.printer.probing import ProbeFailed
from station.devices.printer.usblp import find_usblp
from station.doctor.examination import Examination
from station.doctor.findings import Fault, Finding, Mark, ok
from station.printers.answers import Answers
from station.printers.models import record_of

ABSENT = Fault("printer-absent", "{place} is not there", "Switch it on and plug it in, or correct [printer]")
KIND = Fault("printer-kind", "{place} is no device", "Remove the file of that name, and plug the printer in again")
FORBIDDEN = Fault(
    "printer-forbidden",
    "{user} may not read and write {place} (group {group}, mode {mode})",
    "Install firmware_config/udev, and let the unit have the groups lp and dialout",
)
NOT_READY = Fault(
    "printer-not-ready",
    "{place}: the station says {state}",
    "docs/printer-faults.md has what to do; the screen says it too",
)
NO_ANSWER = Fault("printer-no-answer", "not ready to print: {reason}", "{remedy}")
OTHER_MODEL = Fault(
    "printer-other-model", "another printer: {reason}", "Set [printer] model to it, or put the right printer there"
)
DIFFERS = Fault(
    "printer-differs",
    "{place} answers otherwise than a {model}: {rows}",
    "Set [printer] model (docs/printers.md), then station printer probe; else it may be set to an emulation",
)
CHANGED = Fault(
    "printer-changed",
    "{place} answers otherwise than when it was probed: {rows}",
    "station printer probe, so that the station knows this one",
    Mark.NOTE,
)
NEVER_PROBED = Fault(
    "printer-never-probed", "{place} is ready, and was never probed", "station printer probe, once", Mark.NOTE
)
PAPER = Fault("printer-paper", "{place}: the paper is near its end", "Have a roll at hand", Mark.NOTE)
TAKEN = Fault(
    "printer-taken", "in another program's hands: {reason}", "Stop that program: a printer talks to one", Mark.UNSEEN
)
UNSEEN = Fault(
    "printer-unseen", "{place}: this user may not ask it ({reason})", "Use sudo, with the station stopped", Mark.UNSEEN
)


def look(examination: Examination) -> Iterator[Finding]:
    """Its place; then what it says."""
    config = _rooted(examination)
    wrong = _wrong_with_node(examination, config)
    if wrong is not None:
        yield wrong
    elif examination.daemon.runs:
        yield from _as_the_station_says(examination)
    else:
        yield from _asked(examination, config)


def _rooted(examination: Examination) -> Printer:
    """The same, found below the machine's root."""
    printer, path = examination.station.printer, examination.machine.path
    if isinstance(printer, FilePrinter):
        if printer.path is not None:
            return msgspec.structs.replace(printer, path=str(path(printer.path)))
        try:
            node = find_usblp(printer, path("/sys"), path("/dev/usb"))
        except LineUnavailableError:
            return printer
        return msgspec.structs.replace(printer, path=str(node), port=None, serial_number=None)
    return (
        msgspec.structs.replace(printer, port=str(path(printer.port)))
        if isinstance(printer, SerialPrinter)
        else printer
    )


def _wrong_with_node(examination: Examination, config: Printer) -> Finding | None:
    place = place_of(examination.station.printer)
    match config:
        case TcpPrinter() | UsbPrinter():
            return None
        case FilePrinter(path=None):
            return ABSENT.found(place=place)
        case FilePrinter(path=str(file)) | SerialPrinter(port=file):
            node = examination.machine.root / file
        case _:
            raise AssertionError(config)
    if not node.exists():
        return ABSENT.found(place=place)
    mode = node.stat().st_mode
    if not stat.S_ISCHR(mode):
        return KIND.found(place=place)
    account, group = examination.daemon.account, examination.machine.group_of(node)
    if account is not None and not account.may(node, 6):
        return FORBIDDEN.found(user=account.name, place=place, group=group, mode=f"{mode & 0o777:o}")
    return None


def _as_the_station_says(examination: Examination) -> Iterator[Finding]:
    place, said = place_of(examination.station.printer), examination.said
    if said is None:
        yield ok(f"{place}, held by the station")
    elif said.status.printer != "ready":
        yield NOT_READY.found(place=place, state=said.status.printer or "nothing yet")
    else:
        yield ok(f"{place}: ready, held by the station")
        if said.status.paper_near_end:
            yield PAPER.found(place=place)


def _asked(examination: Examination, config: Printer) -> Iterator[Finding]:
    place = place_of(examination.station.printer)
    try:
        with _alone(examination):
            answers = asked(config)
    except PrinterTaken as error:
        yield TAKEN.found(reason=error)
    except PermissionError as error:
        yield UNSEEN.found(place=place, reason=error)
    except (ProbeFailed, LineUnavailableError, LineLostError) as error:
        if "no permission" in str(error):
            yield UNSEEN.found(place=place, reason="no permission")
        else:
            reason, _, remedy = str(error).rpartition(": ")
            remedy = f"{remedy[:1].upper()}{remedy[1:]}" if reason else "station printer probe tells more"
            yield NO_ANSWER.found(reason=reason or error, remedy=remedy)
    else:
        yield from _judged(examination, place, answers)


def _alone(examination: Examination) -> AbstractContextManager[object]:
    """As the station itself holds its printer; where it has never run there is nobody to keep out."""
    journal = examination.machine.path(examination.database)
    return PrinterLock(journal) if journal.parent.exists() else nullcontext()


def _judged(examination: Examination, place: str, answers: Answers) -> Iterator[Finding]:
    model = examination.station.printer.model
    before = read_kept(kept_beside(examination.machine.path(examination.database)))
    rows = compared(answers, record_of(model), before)
    refusal = Expectation(model).refusal(answers.name)
    differing = [f"{row.english} {row.answered}, record {row.recorded}" for row in rows if row.differs]
    changed = [f"{row.english} {row.answered}, was {row.before}" for row in rows if row.before]
    if refusal:
        yield OTHER_MODEL.found(reason=refusal)
    elif differing:
        yield DIFFERS.found(place=place, model=record_of(model).name, rows="; ".join(differing))
    elif before is None:
        yield NEVER_PROBED.found(place=place)
    elif changed:
        yield CHANGED.found(place=place, rows="; ".join(changed))
    else:
        yield ok(f"{place}: {answers.name or 'of unknown model'}, ready")
    if answers.paper_near_end:
        yield PAPER.found(place=place)
