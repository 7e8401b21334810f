"""``station emulate printer``: the emulated printer as a program of its own."""

import argparse
import logging
import signal
import sys
from dataclasses import replace
from pathlib import Path

from station.emulator.model import Model
from station.emulator.server import PrinterServer, Settings
from station.emulator.words import WORDS
from station.printers.models import UnknownModel, model_names

DESCRIPTION = "An ESC/POS label printer made of software, on a TCP port or a pseudo terminal."
EPILOG = (
    "When it is ready it prints one line: ready tcp=HOST:PORT (or pty=LINK), and control=PATH where there is one. "
    "The control socket, and the terminal if it is started from one, take these words, a line each: "
    + "; ".join(WORDS)
    + "."
)


def _tcp_address(text: str) -> tuple[str, int]:
    host, separator, port = text.rpartition(":")
    if not separator or not port.isdigit() or int(port) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT, such as 127.0.0.1:9100 (port 0: any free one)")
    return host or "127.0.0.1", int(port)


def _length(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1
    if not 0 <= number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 on")
    return number


def _buffer(text: str) -> int:
    if not text.isdigit() or not 16 <= int(text) <= 1 << 20:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of bytes from 16 to 1048576")
    return int(text)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``station emulate printer``."""
    parser.epilog = EPILOG
    line = parser.add_mutually_exclusive_group(required=True)
    line.add_argument("--tcp", type=_tcp_address, metavar="HOST:PORT", help="listen there; port 0 takes a free one")
    line.add_argument("--pty", type=Path, metavar="LINK", help="make a pseudo terminal, and this link to it")
    parser.add_argument("--out", type=Path, default=Path("labels"), metavar="DIR", help="where labels are written")
    parser.add_argument("--png", choices=("on", "off"), default="on", help="off: records without pictures")
    parser.add_argument("--control", type=Path, metavar="PATH", help="Unix socket for the words below")
    parser.add_argument(
        "--model",
        default="tm-l90",
        metavar="MODEL",
        help=f"one of {', '.join(model_names())}: what its capability record says (default %(default)s)",
    )
    parser.add_argument("--process-id", choices=("on", "off"), help="off: a model without GS ( H")
    parser.add_argument("--asb", choices=("on", "off"), help="off: a model without GS a")
    parser.add_argument(
        "--speed", type=_length, default=150, metavar="MM_S", help="0 prints at once (default %(default)s)"
    )
    parser.add_argument("--roll", type=_length, metavar="MM", help="the roll's length (default: without end)")
    parser.add_argument(
        "--near-end", type=_length, default=1000, metavar="MM", help="near-end sensor (default %(default)s)"
    )
    parser.add_argument(
        "--cutter-distance",
        type=_length,
        metavar="MM",
        help="from print head to cutter (default: the model's)",
    )
    parser.add_argument(
        "--buffer",
        type=_buffer,
        metavar="BYTES",
        help="receive buffer (default: the model's)",
    )
    parser.add_argument("--font", type=Path, metavar="FILE", help="for text (default: a Japanese one, if found)")


def settings_from(arguments: argparse.Namespace) -> Settings:
    """The setup that the options ask for."""
    chosen = {
        "cutter_distance_mm": arguments.cutter_distance,
        "receive_buffer_bytes": arguments.buffer,
        "process_id": None if arguments.process_id is None else arguments.process_id == "on",
        "status_back": None if arguments.asb is None else arguments.asb == "on",
    }
    model = replace(
        Model.of(arguments.model.lower()), **{key: value for key, value in chosen.items() if value is not None}
    )
    return Settings(
        out=arguments.out,
        tcp=arguments.tcp,
        pty=arguments.pty,
        control=arguments.control,
        pictures=arguments.png == "on",
        model=model,
        speed_mm_s=arguments.speed,
        roll_mm=arguments.roll,
        near_end_mm=arguments.near_end,
        font=arguments.font,
    )


def run(arguments: argparse.Namespace) -> int:
    """Serves until SIGTERM or SIGINT. Exit status 1 where the line, the socket or the font cannot be opened."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    terminal = sys.stdin.fileno() if sys.stdin and sys.stdin.isatty() else None
    try:
        server = PrinterServer(settings_from(arguments), terminal=terminal)
        server.open()
    except (OSError, UnknownModel) as error:
        print(f"emulated printer: {error}", file=sys.stderr)
        return 1
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: server.stop())
    control = f" control={arguments.control}" if arguments.control else ""
    print(f"ready {server.line.address}{control}", flush=True)
    if sys.stdout.isatty():
        print(f"labels: {arguments.out}/; words: {'; '.join(WORDS)}", flush=True)
    server.run()
    server.close()
    return 0
