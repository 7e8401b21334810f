"""The tour: everything that a newcomer would try, done by itself, and told as it happens.

Each step checks what really happened: what the printer put out, what the desk keeps, what the screen says. The tour
ends at the first thing that did not.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from station.bench.core.cards import Card
from station.contact.exits import Exit
from station.demo.bench import Packer, codes
from station.demo.programs import DidNotHappen, wait_for
from station.demo.samples import SAMPLES, sample_orders
from station.demo.site import Site
from station.protocol.instruction import Instruction

WRONG_ITEM = "4901234567894"


@dataclass
class Tour:
    """One site, one packer, and the contact center."""

    site: Site
    packer: Packer
    say: Callable[[str], None]

    def run(self) -> None:
        """All steps; raises DidNotHappen at the first that fails."""
        orders = sample_orders()
        plain, several, gift, pieces, last = _cast(orders)
        self.load(orders)
        self.pack_one(plain)
        self.recall(plain)
        self.wrong_item(several)
        self.hold_in_time(several)
        self.revise(gift)
        self.hold_too_late(several)
        self.paper_out(pieces)
        self.power_cut(last)

    def load(self, orders: Sequence[Instruction]) -> None:
        """The order feed."""
        self.say(f"The order feed publishes {len(orders)} orders; the desk takes each of them.")
        status, lines = self.site.command("orders", "load", str(SAMPLES))
        _check(status == Exit.IN_TIME, f"orders load ended with {status}: {lines[-1:]}")
        self.packer.wait_for("the station is ready", lambda screen: screen.tone == "go")

    def pack_one(self, order: Instruction) -> None:
        """Slip, item, label."""
        self.say(f"Order {order.order}: slip {order.slips[0]}, item {codes(order)[0]}. All match: the label prints.")
        self.packer.pack(order)
        self._label_of(order)

    def wrong_item(self, order: Instruction) -> None:
        """A wrong item is told, and nothing that was scanned is lost."""
        self.say(f"Order {order.order}: first item right, then one that does not belong there.")
        self.packer.pack(order, units=1)
        self.packer.scan(WRONG_ITEM)
        seen = self.packer.wait_for("the wrong item is told", lambda screen: screen.notice == "wrong_item")
        _check(sum(line.counted for line in seen.lines) == 1, "the first scan was lost")

    def hold_in_time(self, order: Instruction) -> None:
        """The customer calls while the order is being packed."""
        self.say(f"The customer of {order.order} calls. The contact center publishes a hold, in mid-packing:")
        self._command(Exit.IN_TIME, "hold", order.order, "--kind", "cancel", "--note", "お客様と電話中", "--hold", "t1")
        self.packer.wait_for("the station turns red", lambda screen: screen.tone == "stop" and bool(screen.holds))
        before = len(self.site.printed())
        for code in codes(order)[1:]:
            self.packer.scan(code)
        _check(len(self.site.printed()) == before, "a label came out although the order is held")
        self.say("The packer scans on: red, and nothing prints. The customer keeps the order; the hold is released:")
        self._command(Exit.IN_TIME, "release", order.order, "t1")
        self.packer.wait_for("the hold is gone", lambda screen: not screen.holds)
        for code in codes(order)[1:]:
            self.packer.scan(code)
        self._label_of(order)

    def recall(self, order: Instruction) -> None:
        """A hold after the label calls the parcel back, while it may be at the bench."""
        self.say(f"A hold on {order.order}, whose label is out, is told the truth: it is looked for at the bench:")
        self._command(Exit.RECALLING, "hold", order.order, "--kind", "cancel", "--hold", "t2", "--wait", "1")
        shown = self.packer.wait_for("the station turns red", lambda screen: screen.session == "callingback")
        self.say(f"  the screen: {shown.japanese}")
        for number in order.tracking_numbers:
            self.packer.scan(number)
        self.packer.wait_for("the label is void", lambda screen: screen.notice == "voided")
        self.say("The packer scanned the label; it is void. The same hold, asked again:")
        self._command(Exit.IN_TIME, "hold", order.order, "--kind", "cancel", "--hold", "t2")

    def hold_too_late(self, order: Instruction) -> None:
        """A hold after the parcel has left its bench is told so."""
        self.say(f"A hold on {order.order}, whose parcel has left the bench, is too late:")
        self._command(Exit.TOO_LATE, "hold", order.order, "--kind", "cancel", "--hold", "t3")

    def revise(self, order: Instruction) -> None:
        """A COD gift becomes a prepaid one to another address, while it is being packed."""
        self.say(f"Order {order.order}, COD, is being packed; the giver pays now and sends it elsewhere:")
        self.packer.pack(order, units=0)
        address = ("--postal-code", "530-0001", "--address", "大阪府大阪市北区梅田9-9-9", "--name", "山﨑 𠮷乃")
        self._command(Exit.IN_TIME, "revise", order.order, "--from", str(SAMPLES), "--payment", "prepaid", *address)
        self.packer.wait_for("the station has the new revision", lambda screen: screen.revision == order.revision + 1)
        for code in codes(order):
            self.packer.scan(code)
        self._label_of(order, revision=order.revision + 1)

    def paper_out(self, order: Instruction) -> None:
        """The printer runs out of paper before the match: known before anything is asked for."""
        self.say(f"Order {order.order} has {len(order.pieces)} pieces, and the paper is out:")
        self.site.tell_printer("paper out")
        self.packer.pack(order)
        shown = self.packer.wait_for("the packer is told", lambda screen: screen.notice == "paper_out")
        self.say(f"  the screen: {shown.japanese}")
        self.site.tell_printer("paper in")
        self._label_of(order)

    def power_cut(self, order: Instruction) -> None:
        """The printer loses power in mid-label: nobody guesses; the packer looks."""
        self.say(f"Order {order.order}: the printer loses power in the middle of the label.")
        self.site.tell_printer("power off after 20000")
        self.packer.pack(order)
        shown = self.packer.wait_for("the packer is asked", lambda screen: screen.session == "doubting")
        self.say(f"  the screen: {shown.japanese}")
        self.site.tell_printer("power on")
        self.packer.wait_for("the printer is back", lambda screen: screen.printer == "ready")
        self.say("  no whole label: the packer destroys the torn one and scans the card. The next is marked 再発行.")
        self.packer.scan(Card.NO_LABEL)
        self._label_of(order, reprint=1)

    def _label_of(self, order: Instruction, *, revision: int = 0, reprint: int = 0) -> None:
        """Wait for the labels, and for the record of exactly these at the desk."""
        self.packer.wait_for(
            f"the label of {order.order} is printed",
            lambda screen: screen.session == "idle" and screen.notice == "printed",
        )
        record = self._shipment(order)
        _check(record["revision"] == (revision or order.revision), f"the label carries revision {record['revision']}")
        _check(record["reprint"] == reprint, f"the label's reprint number is {record['reprint']}")
        whole = [label for label in self.site.printed() if label["complete"]]
        for label in whole[-len(order.pieces) :]:
            self.say(f"  label: {self.site.labels / str(label['file'])}")

    def _shipment(self, order: Instruction) -> dict[str, object]:
        found: list[dict[str, object]] = []

        def is_kept() -> bool:
            _, lines = self.site.command("shipments", "--order", order.order, "--json")
            found[:] = [json.loads(line) for line in lines if line.startswith("{")]
            return bool(found)

        wait_for(f"the desk keeps the shipment of {order.order}", is_kept)
        _check(len(found) == 1, f"order {order.order} has {len(found)} shipment records")
        return found[0]

    def _command(self, expected: Exit, *words: str) -> None:
        self.say("  $ station " + " ".join(words))
        status, lines = self.site.command(*words)
        for line in lines:
            self.say(f"    {line}")
        _check(status == expected, f"exit status {status}, not {int(expected)}")


def _cast(orders: Sequence[Instruction]) -> tuple[Instruction, ...]:
    """Which sample plays which part."""
    plain = next(each for each in orders if len(codes(each)) == 1 and len(each.pieces) == 1)
    gift = next(each for each in orders if each.service.payment == "cod")
    pieces = next(each for each in orders if len(each.pieces) > 1)
    rest = [each for each in orders if each not in (plain, gift, pieces)]
    several = next(each for each in rest if 2 <= len(codes(each)) <= 8 and len(set(codes(each))) > 1)
    last = next(each for each in rest if each is not several)
    return plain, several, gift, pieces, last


def _check(so: bool, otherwise: str) -> None:
    if not so:
        raise DidNotHappen(otherwise)
