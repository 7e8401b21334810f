"""``station printer probe``: asks the printer once what it is and what it can do, compares, and keeps the answers."""

import argparse
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from station.config.printer import FilePrinter, Printer, SerialPrinter, TcpPrinter, UsbPrinter
from station.config.reading import config_of, read_config
from station.config.station import StationConfig
from station.devices.printer.expectation import Expectation
from station.devices.printer.kept import PrinterLock, PrinterTaken, keep, kept_beside, read_kept
from station.devices.printer.line import LineLostError, LineUnavailableError
from station.devices.printer.probing import ProbeFailed, probe
from station.devices.printer.usblp import wanted
from station.printers.answers import Answers
from station.printers.models import GENERIC, record_of
from station.printers.record import PrinterRecord

DESCRIPTION = "Ask the printer what it is and what it can do, compare with the configured model, and keep the answers."
EPILOG = (
    "Nothing is printed. Stop the station first: a printer talks to one program. Exit status 0: probed, and it is what "
    "is configured; 1: probed, and it is not; 75: it could not be probed now; 78: the configuration cannot be used."
)
DIFFERENT = 1
NOT_NOW = 75
"""EX_TEMPFAIL of sysexits.h, as of the daemons."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which printer."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    action = actions.add_parser("probe", help=DESCRIPTION, description=DESCRIPTION, epilog=EPILOG)
    action.add_argument(
        "--config",
        type=Path,
        default=Path("/etc/packing-station/station.toml"),
        metavar="FILE",
        help="the station's; its printer is probed and the answers kept beside its journal (default: %(default)s)",
    )
    place = action.add_mutually_exclusive_group()
    place.add_argument("--tcp", metavar="HOST[:PORT]", help="a printer on the network instead; nothing is kept")
    place.add_argument("--serial", metavar="PORT", help="one on a serial port instead, at --baud; nothing is kept")
    place.add_argument("--file", metavar="PATH", help="one behind a device file instead; nothing is kept")
    action.add_argument("--baud", type=int, default=115200, help="of --serial (default: %(default)s)")
    action.add_argument("--model", default=GENERIC, help="what a printer given here should be (default: %(default)s)")
    action.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Probe; the exit status. Raises ConfigError."""
    try:
        given = _given(arguments)
        if given is not None:
            return _probe(given, None)
        config = read_config(arguments.config, StationConfig)
        with PrinterLock(Path(config.journal)):
            return _probe(config.printer, kept_beside(Path(config.journal)))
    except PrinterTaken as error:
        print(f"station: {error}; stop it first: systemctl stop packing-station", file=sys.stderr)
    except (ProbeFailed, LineUnavailableError, LineLostError, OSError) as error:
        print(f"station: {error}", file=sys.stderr)
    return NOT_NOW


def _given(arguments: argparse.Namespace) -> Printer | None:
    """The printer on the command line. Raises ConfigError."""
    table: dict[str, object]
    if arguments.tcp is not None:
        host, _, port = arguments.tcp.partition(":")
        table = {"connection": "tcp", "host": host, "port": int(port) if port.isdecimal() else port or 9100}
    elif arguments.serial is not None:
        table = {"connection": "serial", "port": arguments.serial, "baud": arguments.baud}
    elif arguments.file is not None:
        table = {"connection": "file", "path": arguments.file}
    else:
        return None
    printer: Printer = config_of({**table, "model": arguments.model}, Printer, "the command line")  # type: ignore[arg-type]
    return printer


def asked(config: Printer) -> Answers:
    """What the printer answers; nothing is printed or kept. Raises ProbeFailed, LineUnavailableError, LineLostError."""
    from station.devices.printer.connectors import open_line

    line = open_line(config)
    try:
        at = datetime.now(UTC).isoformat(timespec="seconds")
        return probe(line, probed_at=at, place=place_of(config), model=config.model)
    finally:
        line.close(discard=True)


def _probe(config: Printer, path: Path | None) -> int:
    answers = asked(config)
    before = read_kept(path) if path is not None else None
    refusal = Expectation(config.model).refusal(answers.name)
    rows = compared(answers, record_of(config.model), before)
    print("\n".join(told(answers, rows, refusal)))
    if path is not None and not refusal:
        keep(path, answers)
        print(f"kept in {path}; the station reads it when it starts / 記録しました。次の起動から使います")
    return DIFFERENT if refusal or any(row.differs for row in rows) else 0


def place_of(config: Printer) -> str:
    """Where a printer is, in words."""
    match config:
        case TcpPrinter(host=host, port=port):
            return f"printer at {host}:{port}"
        case SerialPrinter(port=port, baud=baud):
            return f"printer at {port} ({baud} baud)"
        case UsbPrinter(vendor_id=vendor, product_id=product):
            return f"printer at USB {vendor:04x}:{product:04x}"
        case FilePrinter(path=path, port=port, serial_number=serial):
            return f"printer at {path or wanted(port, serial)}"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    english: str
    japanese: str
    answered: str
    recorded: str = ""
    """What the model's record says; empty where it says nothing."""
    before: str = ""
    """What was kept, where that is something else."""

    @property
    def differs(self) -> bool:
        """The printer's word is not the record's."""
        return bool(self.recorded) and self.answered not in self.recorded.split(" / ")


def compared(answers: Answers, record: PrinterRecord, before: Answers | None) -> list[Row]:
    """The printer's answers beside its model's record, and beside what was kept before."""
    counters = None if record.cut_counters is None else bool(record.cut_counters)
    in_real_time = _word(answers.real_time_status), _word(record.real_time_status)
    counted = "no" if answers.cut_count is None else "yes"
    rows = [
        Row("model (GS I 67)", "機種名", answers.name or "no answer", " / ".join(record.identities)),
        Row("maker (GS I 66)", "メーカー", answers.maker or "no answer", record.maker or ""),
        Row("firmware (GS I 65)", "ファームウェア", answers.firmware or "no answer"),
        Row("serial number (GS I 68)", "製造番号", answers.serial_number or "no answer"),
        Row("characters (GS I 69)", "漢字", answers.language or "no answer"),
        Row("model id (GS I 1)", "機種ID", _hex(answers.model_id)),
        Row("type id (GS I 2)", "種別ID", _hex(answers.type_id)),
        Row("real-time status (DLE EOT)", "リアルタイムステータス", *in_real_time),
        Row("automatic status (GS a)", "自動ステータス", _word(answers.status_back), _word(record.status_back)),
        Row("paper status (GS r)", "用紙ステータス", _word(answers.paper_status)),
        Row("process ID (GS ( H)", "プロセスID", _word(answers.process_id), _word(record.process_id)),
        Row("clear buffers (DLE DC4 8)", "バッファクリア", _word(answers.clear_buffers), _word(record.clear_buffers)),
        Row("cut counter (GS g 2, 178)", "カット回数", counted, _word(counters)),
    ]  # fmt: skip
    if before is None:
        return rows
    old = compared(before, record, None)
    return [
        row if row.answered == was.answered else replace(row, before=was.answered)
        for row, was in zip(rows, old, strict=True)
    ]


def told(answers: Answers, rows: list[Row], refusal: str) -> list[str]:
    """The table, and what follows from it."""
    record = record_of(answers.model)
    dots = ", ".join(f"{paper.dots_per_line} ({paper.width_mm} mm)" for paper in record.papers) or "not known"
    lines = [f"{answers.place}, configured as {answers.model} ({record.name})", ""]
    lines.append(f"  {'':27} {'printer':20} record")
    for row in rows:
        verdict = "  <- differs / 記録と違います" if row.differs else ""
        was = f"  (was {row.before} / 前回と違います)" if row.before else ""
        lines.append(f"  {row.english:27} {row.answered:20} {row.recorded or '-':20} {row.japanese}{verdict}{was}")
    lines.append(f"  {'dots per line':27} {'(cannot be asked)':20} {dots:20} 印字幅")
    if answers.cut_count is not None:
        lines.append(f"  cuts so far: {answers.cut_count} / これまでのカット回数")
    lines.append("")
    if answers.paper_near_end:
        lines.append("The paper is near its end. / 用紙が残りわずかです")
    lines.append(PROOF[bool(answers.process_id)])
    if not answers.clear_buffers:
        lines.append(
            "It cannot be cleared: after a broken job it has to be switched off and on. / "
            "消去コマンドがありません。印刷が中断したら電源を入れ直してください"
        )
    lines.append(refusal or "It is a printer for this configuration. / この設定で使えます")
    return lines


PROOF = {
    True: "A label is confirmed by process ID: on paper and cut. / プロセスIDで印刷完了を確認します",
    False: "A label is confirmed by GS r and a status without error after it. / ステータスで印刷完了を確認します",
}


def _hex(number: int | None) -> str:
    return "no answer" if number is None else f"{number:02X}h"


def _word(known: bool | None) -> str:
    return "" if known is None else "yes" if known else "no"
