"""``station demo``: a whole site on this machine, to try out by hand, or to see the tour (``--auto``)."""

import argparse
import sys
import time
from pathlib import Path

from station.bench.core.cards import CARDS, Card
from station.bench.core.screen import Screen
from station.demo.bench import Packer, codes
from station.demo.programs import DidNotHappen
from station.demo.samples import SAMPLES, sample_orders
from station.demo.site import Site
from station.demo.tour import Tour
from station.screen.terminal import drawn

_PRINTER_WORDS = (
    "paper", "cover", "power", "cutter", "offline", "online", "error", "drop", "speed", "silent", "status", "printer",
)  # fmt: skip
_HELP = """\
Type a code and Enter, as a scanner would. Enter alone scans what comes next.
  ?          the orders with their slips and items, and the cards
  paper out, paper in, cover open, cover close, power off after 20000, power on: what one does to the printer
  printer    everything that one can do to it
  q          end
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """By hand, or by itself."""
    parser.add_argument("--auto", action="store_true", help="do the tour; exit status 0 only if all of it happened")
    parser.add_argument("--folder", type=Path, default=Path("run"), metavar="DIR", help="default: %(default)s")


def run(arguments: argparse.Namespace) -> int:
    """Start the site, and pack."""
    begun = time.monotonic()
    try:
        with Site(arguments.folder.resolve()) as site:
            print(f"broker, desk, station, printer and scanner run; their logs are in {site.folder}", flush=True)
            if arguments.auto:
                _tour(site)
                print(f"All of it happened, in {time.monotonic() - begun:.0f} s. The labels: {site.labels}")
            else:
                _by_hand(site)
    except DidNotHappen as error:
        print(f"This did not happen as it should: {error}", file=sys.stderr)
        return 1
    return 0


def _tour(site: Site) -> None:
    Tour(site, Packer(site), lambda line: print(line, flush=True)).run()


def _by_hand(site: Site) -> None:
    _, lines = site.command("orders", "load", str(SAMPLES))
    print(lines[-1] if lines else "")
    print(f"Labels come as pictures into {site.labels}. From a second terminal, while an order is open:")
    print(f"  .venv/bin/station hold ORDER --kind cancel --config {site.contact}\n")
    print(_HELP)
    hand = _Hand(site)
    for line in sys.stdin:
        words = line.strip()
        if words == "q":
            return
        if words == "?":
            _list_orders()
            _list_cards()
        elif words.split(" ")[0] in _PRINTER_WORDS:
            print(site.tell_printer(words).rpartition("There are: ")[2])
        else:
            hand.scan(words)


class _Hand:
    """Shows what the packer sees and where each label is, and knows what a packer who makes no mistake scans next."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._packed: set[str] = set()
        self._labels = 0
        self._packer = Packer(site, self._show)

    def scan(self, code: str) -> None:
        """Scan a code; without one, what comes next."""
        if not code:
            code = self._next()
            print(f"> {code}", flush=True)
        self._site.scan(code)

    def _show(self, screen: Screen) -> None:
        print("\n" + drawn(screen, colour=sys.stdout.isatty()), flush=True)
        labels = self._site.printed()
        for label in labels[self._labels :]:
            torn = "" if label["complete"] else " (torn off: not a whole label)"
            print(f"   label: {self._site.labels / str(label['file'])}{torn}", flush=True)
        self._labels = len(labels)

    def _next(self) -> str:
        screen, orders = self._packer.screen, sample_orders()
        if screen.session == "doubting":
            return Card.NO_LABEL
        if not screen.order:
            order = next((each for each in orders if each.order not in self._packed), orders[0])
            self._packed.add(order.order)
            return order.slips[0]
        order = next(each for each in orders if each.order == screen.order)
        for line, shown in zip(order.lines, screen.lines, strict=False):
            if shown.counted < shown.quantity:
                return line.codes[0]
        return Card.ACKNOWLEDGE if screen.notice == "acknowledge" else codes(order)[0]


def _list_cards() -> None:
    print("  cards (station cards prints them):")
    for card, (japanese, english) in CARDS.items():
        print(f"  {card:14} {japanese} / {english}")


def _list_orders() -> None:
    for order in sample_orders():
        items = ", ".join(f"{line.codes[0]} x{line.quantity}" for line in order.lines)
        print(f"  {order.order}  slip {order.slips[0]}  {items}")
