"""``station badges``: the administrator's side of signed badges. The secret key never comes to a station."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from station.cards.printing import add_holders, add_paper, badges, print_cards
from station.cards.register import Administrator, RegisterUnusable, new_key
from station.label.fonts import FontMissing

_COPY = "Put this into every station.toml, and start the stations anew:\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do with which key."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    _add(actions, "new-key", "make a secret key and its register of badges", _new_key).add_argument(
        "key", type=Path, metavar="FILE"
    )
    make = _add(actions, "make", "make badges, and print them", _make)
    add_paper(make)
    add_holders(make)
    revoke = _add(actions, "revoke", "take badges back", _revoke)
    revoke.add_argument("numbers", type=int, nargs="+", metavar="NUMBER", help="as it stands on the badge")
    shown = (
        _add(actions, "list", "every badge of a key", _list),
        _add(actions, "config", "what stations have to know", _config),
    )
    for action in (make, revoke, *shown):
        action.add_argument("--key", type=Path, required=True, metavar="FILE", help="made by station badges new-key")


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0, or 1 with the reason."""
    try:
        action: Callable[[argparse.Namespace], int] = arguments.action
        return action(arguments)
    except (FontMissing, OSError, RegisterUnusable, ValueError) as error:
        print(f"station badges: {error}", file=sys.stderr)
        return 1


def _new_key(arguments: argparse.Namespace) -> int:
    administrator = new_key(arguments.key)
    print(f"{arguments.key}: keep it and {arguments.key.name}.badges.json away from the stations, and back both up.")
    print(_COPY + administrator.section(), end="")
    return 0


def _make(arguments: argparse.Namespace) -> int:
    made = tuple(badges(arguments))
    if not made:
        raise ValueError("no badge was asked for: --packer NAME, --supervisor NAME")
    return print_cards(arguments, made)


def _revoke(arguments: argparse.Namespace) -> int:
    administrator = Administrator(arguments.key)
    administrator.revoke(frozenset(arguments.numbers))
    print(_COPY + administrator.section(), end="")
    return 0


def _list(arguments: argparse.Namespace) -> int:
    for entry in Administrator(arguments.key).register.badges:
        print(f"{entry.number:6}  {entry.kind:10}  {'revoked  ' if entry.revoked else '         '}{entry.holder}")
    return 0


def _config(arguments: argparse.Namespace) -> int:
    print(Administrator(arguments.key).section(), end="")
    return 0


def _add(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    text: str,
    action: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=text, description=text)
    parser.set_defaults(action=action)
    return parser
