"""The command line: every subcommand's words stand with the program that it starts."""

import argparse
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from station.config.reading import ConfigError, read_config
from station.sqlite import StoreUnusable
from station.telemetry.logs import start_logging
from station.telemetry.messages import CannotWork
from station.telemetry.native import stderr_is_the_journal
from station.telemetry.telling import tell
from station.upkeep.memory import keep_in_memory

CANNOT_START = 78
"""Exit status of a configuration that cannot be used (EX_CONFIG of sysexits.h): no restart mends it."""
TRY_AGAIN = 75
"""Exit status of a file that cannot be used now (EX_TEMPFAIL): a full disk or another program's lock may pass."""

Command = Callable[[argparse.Namespace], int]


def main(words: list[str] | None = None) -> int:
    """Run one subcommand; its exit status."""
    words = sys.argv[1:] if words is None else words
    arguments = _parser(words).parse_args(words)
    try:
        command: Command = arguments.command
        return command(arguments)
    except ConfigError as error:
        print(f"station: {error}", file=sys.stderr)
        return CANNOT_START
    except StoreUnusable as error:
        print(f"station: {error}", file=sys.stderr)
        return TRY_AGAIN
    except KeyboardInterrupt:
        return 130


def _parser(words: list[str]) -> argparse.ArgumentParser:
    """With the options of the one subcommand that is meant: the daemons load nothing of the others."""
    meant = next((word for word in words if not word.startswith("-")), "")
    parser = argparse.ArgumentParser(prog="station", description="packing-station: bench, desk and contact center")
    parser.add_argument("--version", action="version", version=version("packing-station"))
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, text, add in _COMMANDS:
        command = commands.add_parser(name, help=text, description=text)
        if name == meant:
            add(command)
    return parser


def _with_config(parser: argparse.ArgumentParser, default: str) -> None:
    parser.add_argument("--config", type=Path, default=Path(default), metavar="FILE", help="default: %(default)s")
    parser.add_argument("--verbose", action="store_true", help="log details too")


def _add_run(parser: argparse.ArgumentParser) -> None:
    _with_config(parser, "/etc/packing-station/station.toml")
    parser.set_defaults(command=_run)


def _run(arguments: argparse.Namespace) -> int:
    from station.bench.app import run_station
    from station.config.station import StationConfig

    start_logging("packing-station", verbose=arguments.verbose)
    keep_in_memory()
    return _told(lambda: run_station(read_config(arguments.config, StationConfig)))


def _add_desk(parser: argparse.ArgumentParser) -> None:
    _with_config(parser, "/etc/packing-station/desk.toml")
    parser.add_argument(
        "--restored", action="store_true", help="the database is an old copy put back: begin a new epoch"
    )
    parser.set_defaults(command=_desk)


def _desk(arguments: argparse.Namespace) -> int:
    from station.config.desk import DeskConfig
    from station.desk.app import run_desk

    start_logging("packing-desk", verbose=arguments.verbose)
    keep_in_memory()
    return _told(lambda: run_desk(read_config(arguments.config, DeskConfig), restored=arguments.restored))


def _told(daemon: Callable[[], int]) -> int:
    """A daemon's exit status. What it cannot work with is a line of the journal, where there is one."""
    try:
        return daemon()
    except (ConfigError, StoreUnusable) as error:
        if not stderr_is_the_journal():
            raise
        status = CANNOT_START if isinstance(error, ConfigError) else TRY_AGAIN
        tell(CannotWork(str(error), status))
        return status


def _add_history(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("order", metavar="ORDER")
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="station.toml or desk.toml")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.set_defaults(command=_history)


def _history(arguments: argparse.Namespace) -> int:
    from station.upkeep.history import print_history

    return print_history(arguments.config, arguments.order, as_json=arguments.json)


def _add_emulate(parser: argparse.ArgumentParser) -> None:
    from station.emulator import command as printer
    from station.emulator import scanner

    devices = parser.add_subparsers(required=True, metavar="DEVICE")
    for name, text, module in (
        ("printer", printer.DESCRIPTION, printer),
        ("scanner", scanner.DESCRIPTION, scanner),
    ):
        device = devices.add_parser(name, help=text, description=text)
        module.add_arguments(device)
        device.set_defaults(command=module.run)


def _command_of(module: str) -> Callable[[argparse.ArgumentParser], None]:
    """A command whose words and work are a module's ``add_arguments`` and ``run``."""

    def add(parser: argparse.ArgumentParser) -> None:
        program = import_module(module)
        program.add_arguments(parser)
        parser.set_defaults(command=program.run)

    return add


def _command_of_actions(module: str) -> Callable[[argparse.ArgumentParser], None]:
    """A command whose ``add_arguments`` adds actions, each with a ``run`` of its own."""

    def add(parser: argparse.ArgumentParser) -> None:
        import_module(module).add_arguments(parser)

    return add


_COMMANDS: tuple[tuple[str, str, Callable[[argparse.ArgumentParser], None]], ...] = (
    ("run", "the station: one packing bench", _add_run),
    ("desk", "the desk: decides for a site whether an order may be printed", _add_desk),
    ("check-config", "read a configuration file and say what is wrong with it", _command_of("station.config.check")),
    (
        "broker-check",
        "try a broker: its rights, limits, sessions and speed; say what is not fit",
        _command_of("station.brokercheck.command"),
    ),
    (
        "label",
        "an order's label as a picture, a test label, a void slip; layouts",
        _command_of("station.label.command"),
    ),
    ("backup", "copy a station's journal or the desk's database, in use or not", _command_of("station.upkeep.backup")),
    ("restore", "put back a backup of the desk's database: a new epoch begins", _command_of("station.upkeep.restore")),
    ("status", "what the station or the desk on this machine does now", _command_of("station.upkeep.status")),
    ("doctor", "whether this machine is fit, and what mends what is not", _command_of("station.doctor.command")),
    ("history", "an order's life, as a station's journal or the desk has it", _add_history),
    (
        "printer",
        "a station's printer: probe it, once",
        _command_of_actions("station.commission.printer"),
    ),
    ("replay", "decide again what a station's journal has recorded, and compare", _command_of("station.upkeep.replay")),
    ("screen", "a station's screen in a terminal", _command_of("station.screen.command")),
    (
        "out-of-order",
        "in the place of a station that is down: lamps and screen say so",
        _command_of("station.bench.out_of_order"),
    ),
    ("demo", "a whole site on this machine, without hardware; --auto does a tour", _command_of("station.demo.command")),
    ("orders", "publish a file of orders", _command_of("station.contact.orders")),
    ("hold", "stop an order until the hold is released", _command_of("station.contact.hold")),
    ("release", "release a hold", _command_of("station.contact.release")),
    ("revise", "change an order: address, time slot, service", _command_of("station.contact.revise")),
    ("watch", "outcomes, shipments and stations, as it happens", _command_of("station.contact.watch")),
    ("shipments", "the desk's shipment records", _command_of("station.contact.shipments")),
    ("resolve", "a supervisor's word on a label that a station lost sight of", _command_of("station.contact.resolve")),
    (
        "scanner",
        "find out how a scanner is set, from three printed patterns",
        _command_of("station.scannerlearn.command"),
    ),
    ("cards", "the sheet of command cards and badges, to print", _command_of("station.cards.printing")),
    ("badges", "signed badges: make, revoke, list; the administrator's side", _command_of("station.cards.badges")),
    ("emulate", "a printer or a scanner made of software", _add_emulate),
)
