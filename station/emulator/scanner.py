"""``station emulate scanner``: a serial barcode scanner without barcodes: each line that comes in is one scan.

Lines come from standard input, or over the control socket. ``!unplug`` and ``!plug`` take the device node away and
bring it back, as a USB cable does.
"""

import argparse
import os
import select
import signal
import sys
from pathlib import Path

from station.emulator.lines import PtyLine
from station.emulator.wordsocket import LineReader, WordSocket

DESCRIPTION = "A serial barcode scanner made of software: a pseudo terminal that sends what it is given, line by line."
_ENDINGS = {"cr": b"\r", "lf": b"\n", "crlf": b"\r\n"}
_WORDS_BEGIN = "!"


class ScannerEmulator:
    """One scanner on a pseudo terminal. Codes that are scanned while it is unplugged are lost."""

    def __init__(self, link: Path, ending: bytes) -> None:
        self.line = PtyLine(link)
        self._ending = ending

    def answer(self, line: str) -> str:
        """Sends a line as one scan, or plugs in or out; the answer is for whoever typed it."""
        if line.startswith(_WORDS_BEGIN):
            return self._plug(line.removeprefix(_WORDS_BEGIN).strip())
        if not self.line.connected:
            return "error: the scanner is unplugged: !plug"
        if line:
            self.line.write(line.encode() + self._ending)
        return "ok"

    def _plug(self, word: str) -> str:
        match word:
            case "unplug":
                self.line.close()
            case "plug":
                self.line.open()
            case _:
                return f"error: no such word: {word[:80]!r}. There are: !plug, !unplug"
        return "ok"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``station emulate scanner``."""
    parser.add_argument("--link", type=Path, required=True, metavar="PATH", help="the device node to make")
    parser.add_argument("--control", type=Path, metavar="PATH", help="Unix socket for lines to scan")
    parser.add_argument("--ending", choices=tuple(_ENDINGS), default="cr", help="after each code (default %(default)s)")


def run(arguments: argparse.Namespace) -> int:
    """Serves until SIGTERM or SIGINT, or until its input ends and there is no control socket.

    Prints ``ready pty=LINK`` first. Exit status 1 where the node or the socket cannot be made.
    """
    scanner = ScannerEmulator(arguments.link, _ENDINGS[arguments.ending])
    try:
        scanner.line.open()
        words = WordSocket(arguments.control, scanner.answer)
    except OSError as error:
        print(f"emulated scanner: {error}", file=sys.stderr)
        return 1
    stopped_read, stopped_write = os.pipe()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os.write(stopped_write, b"\0"))
    control = f" control={arguments.control}" if arguments.control else ""
    print(f"ready {scanner.line.address}{control}", flush=True)
    _serve(scanner, words, sys.stdin.fileno(), stopped_read, stay=arguments.control is not None)
    words.close()
    scanner.line.close()
    return 0


def _serve(scanner: ScannerEmulator, words: WordSocket, keyboard: int, stopped: int, *, stay: bool) -> None:
    typed = LineReader()
    reading = True
    while True:
        poller = select.poll()
        for fd, events in (*words.watched(), *scanner.line.watched(reading=True), (stopped, select.POLLIN)):
            poller.register(fd, events)
        if reading:
            poller.register(keyboard, select.POLLIN)
        for fd, events in poller.poll():
            if fd == stopped:
                return
            if fd == keyboard:
                piece = os.read(keyboard, 4096)
                reading = bool(piece)
                if not reading and not stay:
                    return
                for line in typed.feed(piece):
                    _tell(scanner.answer(line))
            elif not scanner.line.handle(fd, events, 4096):  # what a host sends to a scanner is read and ignored
                words.handle(fd)


def _tell(answer: str) -> None:
    if answer != "ok":
        print(answer, file=sys.stderr)


def main() -> int:
    """Runs with the process's arguments."""
    parser = argparse.ArgumentParser(prog="python -m station.emulator.scanner", description=DESCRIPTION)
    add_arguments(parser)
    return run(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
