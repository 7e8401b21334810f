"""``station scanner``: a sheet of patterns, and from their scans the block of station.toml."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from station.devices.extras import MissingExtra
from station.devices.keymap import keymap
from station.devices.scanner import ScannerUnavailable
from station.devices.scanner_hid import InputEvent
from station.label.fonts import FontMissing, open_typeface
from station.scannerlearn.findings import (
    Findings,
    Line,
    NotRecognised,
    block,
    found_by_keys,
    found_by_line,
    layout_of,
    line_of,
    pattern_of,
)
from station.scannerlearn.heard import Chunk, heard_by_keys, heard_by_line
from station.scannerlearn.listening import Keys, Port, Skipped, wait_for_new
from station.scannerlearn.patterns import Pattern
from station.scannerlearn.sheet import write_sheet

BAUDS = (9600, 115200, 38400, 19200, 57600, 4800, 2400, 1200)
"""The usual ones first. A scanner on USB takes any."""
SHEETS = "firmware_config/scanners"
Say = Callable[[str], None]
_T = TypeVar("_T")


class _Ear(Protocol):
    """Whatever a scan comes from."""

    def scan(self) -> list[InputEvent]: ...


class _LineEar(Protocol):
    """The same of a serial line."""

    def scan(self, line: Line) -> list[Chunk]: ...


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``learn`` and ``patterns``."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    learn = actions.add_parser("learn", help="find out how a scanner is set, from scans of the three patterns")
    learn.add_argument("--device", metavar="PATH", help="of /dev/input/by-path or /dev/serial; default: a new one")
    learn.add_argument("--name", default="hand", metavar="NAME", help="of the scanner (default: %(default)s)")
    learn.set_defaults(action=_learn)
    patterns = actions.add_parser("patterns", help="write the sheet of the three patterns")
    patterns.add_argument("file", type=Path, metavar="FILE", help="PDF or PNG, by its name")
    patterns.add_argument("--font", type=Path, metavar="FILE", help="a Japanese font (default: that of fonts-noto-cjk)")
    patterns.set_defaults(action=_patterns)


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0 where it is done; 1 where the device, the file or the font cannot be used."""
    try:
        action: Callable[[argparse.Namespace], None] = arguments.action
        action(arguments)
    except (ScannerUnavailable, MissingExtra, FontMissing, OSError, ValueError) as error:
        print(f"station: {error}", file=sys.stderr)
        return 1
    return 0


def _patterns(arguments: argparse.Namespace) -> None:
    write_sheet(arguments.file, open_typeface(arguments.font))
    print(f"{arguments.file}: print it at 100 %, then: station scanner learn")


def _learn(arguments: argparse.Namespace) -> None:
    device: str = arguments.device or wait_for_new(_aside)
    _aside(f"Listening to {device}.")
    ear: Keys | Port = Keys(device) if device.startswith("/dev/input/") else Port(device)
    try:
        findings = learn_keys(device, ear, _aside) if isinstance(ear, Keys) else learn_line(device, ear, _aside)
    finally:
        ear.close()
    _aside("")
    print(block(findings, arguments.name))
    for advice in findings.advice:
        _aside(f"On the scanner: {advice}.")
    if findings.advice:
        _aside(f"What it is called there: {SHEETS}. Then learn again.")


def learn_keys(device: str, ear: _Ear, say: Say) -> Findings:
    """Of a keyboard: its layout first, by which the other patterns are read."""
    layout = ""
    scans: dict[Pattern, list[InputEvent]] = {}
    while not layout:
        say("Scan pattern 1 (keyboard layout).")
        try:
            scans[Pattern.LAYOUT] = ear.scan()
            layout = layout_of(scans[Pattern.LAYOUT])
        except NotRecognised as error:
            say(str(error))
        except Skipped:
            say("Pattern 1 is needed.")
    by_layout = keymap(layout)
    _others(scans, ear.scan, lambda events: heard_by_keys(events, by_layout).text, say)
    return found_by_keys(device, layout, scans)


def learn_line(device: str, ear: _LineEar, say: Say) -> Findings:
    """Of a serial line: its speed first, trying one after the other."""
    tried = 0
    while True:
        baud = BAUDS[tried % len(BAUDS)]
        say(f"Scan pattern 1 (listening at {baud} baud; Enter tries the next).")
        try:
            first = ear.scan(Line(baud))
        except Skipped:
            first = []
        line = line_of(first, baud)
        if line is not None:
            break
        tried += 1
    kept = 0x7F if line.data_bits == 7 else 0xFF
    scans = {Pattern.LAYOUT: [(bytes(each & kept for each in chunk), at_s) for chunk, at_s in first]}
    _others(scans, lambda: ear.scan(line), lambda chunks: heard_by_line(chunks).text, say)
    return found_by_line(device, line, scans)


def _others(
    scans: dict[Pattern, list[_T]], scan: Callable[[], list[_T]], text: Callable[[list[_T]], str], say: Say
) -> None:
    """Patterns 2 and 3, in whatever order they come; one that the scanner does not read is passed over."""
    for number, pattern in enumerate((Pattern.GS1, Pattern.NW7), start=2):
        while pattern not in scans:
            say(f"Scan pattern {number} (Enter where the scanner does not read it).")
            try:
                heard = scan()
                scans[pattern_of(text(heard))] = heard
            except NotRecognised as error:
                say(str(error))
            except Skipped:
                break


def _aside(words: str) -> None:
    """For the person: what can be pasted goes to standard output alone."""
    print(words, file=sys.stderr, flush=True)
