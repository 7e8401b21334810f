"""``station cards``: the sheet of command cards and badges, for a printer of A4 or for the station's own."""

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from station.bench.core.cards import PACKER_PREFIX
from station.bench.core.devices import BadgeKind
from station.cards.register import Administrator, RegisterUnusable
from station.label.fonts import FontMissing, open_typeface
from station.label.sheet import PrintedCard, command_cards, draw_pages, write_labels, write_pdf

WORDS = {BadgeKind.PACKER: ("担当者", "Packer"), BadgeKind.SUPERVISOR: ("責任者", "Supervisor")}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to, and whose badges beside the cards."""
    add_paper(parser)
    add_holders(parser)
    parser.add_argument(
        "--key",
        type=Path,
        metavar="FILE",
        help="sign the badges with this key (station badges new-key); without it packers' badges are unsigned, for "
        "stations without [badges], and supervisors have none",
    )


def add_paper(parser: argparse.ArgumentParser) -> None:
    """The file, and what it is for."""
    parser.add_argument("file", type=Path, metavar="FILE", help="the PDF to write; with --label FILE.png, or bytes")
    parser.add_argument(
        "--label",
        action="store_true",
        help="labels for a roll of 80 mm instead of A4: a picture for FILE.png, else bytes for an ESC/POS printer",
    )
    parser.add_argument("--font", type=Path, help="a Japanese font (default: that of fonts-noto-cjk)")


def add_holders(parser: argparse.ArgumentParser) -> None:
    """Whose badges: a name or a staff number each."""
    parser.add_argument(
        "--packer", action="append", default=[], metavar="NAME", help="a packer's badge; may be said again"
    )
    parser.add_argument(
        "--supervisor", action="append", default=[], metavar="NAME", help="a supervisor's badge; may be said again"
    )


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0, or 1 with the reason."""
    try:
        return print_cards(arguments, (*command_cards(), *badges(arguments)))
    except (FontMissing, OSError, RegisterUnusable, ValueError) as error:
        print(f"station cards: {error}", file=sys.stderr)
        return 1


def print_cards(arguments: argparse.Namespace, cards: Sequence[PrintedCard]) -> int:
    """Write the file that was asked for. Raises ValueError for a card that does not fit, OSError, FontMissing."""
    typeface = open_typeface(arguments.font)
    if arguments.label:
        write_labels(arguments.file, cards, typeface)
        print(f"{arguments.file}: {len(cards)} labels for a roll of 80 mm")
        return 0
    pages = draw_pages(cards, typeface)
    write_pdf(arguments.file, pages)
    count = f"{len(pages)} A4 page{'s' * (len(pages) > 1)}"
    print(f"{arguments.file}: {len(cards)} cards on {count}; print at 100 %")
    return 0


def badges(arguments: argparse.Namespace) -> Iterable[PrintedCard]:
    """The badges that were asked for, signed where there is a key. Raises RegisterUnusable, ValueError."""
    if arguments.key is not None:
        administrator = Administrator(arguments.key)
        for kind, holders in ((BadgeKind.PACKER, arguments.packer), (BadgeKind.SUPERVISOR, arguments.supervisor)):
            for holder in holders:
                yield _signed(administrator, kind, holder)
        return
    if arguments.supervisor:
        raise ValueError("a supervisor's badge is signed: give --key FILE (station badges new-key makes one)")
    for holder in arguments.packer:
        if not holder.isascii() or not holder.replace("-", "").isalnum():
            raise ValueError(
                f"{holder!r} cannot stand on an unsigned badge: letters, digits and '-' only, which every scanner "
                "types; a signed one (--key) takes any name"
            )
        yield PrintedCard(PACKER_PREFIX + holder, f"担当者 {holder}", f"Packer {holder}")


def _signed(administrator: Administrator, kind: BadgeKind, holder: str) -> PrintedCard:
    badge, code = administrator.make(kind, holder)
    japanese, english = WORDS[kind]
    print(f"badge {badge.number}: {kind} {holder}")
    return PrintedCard(code, f"{japanese} No. {badge.number}", f"{english} {badge.number}", holder)
