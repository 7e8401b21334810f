"""What is packed: the shelf with its goods, and shipping instructions drawn by chance."""

import random
import re
from dataclasses import dataclass

import msgspec

from station.label.nw7 import check_digit
from station.protocol.instruction import Address, Instruction, Line, PackerNote, Piece, Service

SHELF = {
    "煎茶 100g": "4901234567894",
    "ほうじ茶 80g": "4902345678905",
    "急須 萬古焼": "4903456789016",
    "茶筒 桜皮": "IN-0042",
    "羊羹 五本": "IN-0107",
}
"""Names as they stand on the screen, and the codes on the goods: JAN, and in-store codes."""

NAMES = ("髙橋一郎", "山﨑花子", "𠮷野さくら", "佐藤健")
STREET = "東京都千代田区丸の内一丁目"
PERSONAL = re.compile("|".join((*NAMES, STREET, r"03-\d{4}-\d{4}")).encode())
"""What of a receiver must lie nowhere."""
MAX_REVISIONS = 9
_PIECES_OF_A_REVISION = 5


@dataclass(slots=True)
class Merchant:
    """Makes instructions, each revision with tracking numbers that no other ever has."""

    chance: random.Random
    prefix: str = "A"
    _made: int = 0

    def order(self) -> Instruction:
        """The first revision of a new order."""
        self._made += 1
        number = self._made
        several = self.chance.random() < 0.15
        return Instruction(
            order=f"{self.prefix}-{number:05}",
            revision=1,
            merchant="みやこ工房",
            slips=(f"NS-{self.prefix}{number:05}",),
            ship_to=self._somebody(),
            ship_from=SENDER,
            carrier=self.chance.choice(("yamato", "sagawa", "yupack")),
            service=self._service(),
            pieces=_pieces(number, 1, self.chance.randint(2, 3) if several else 1),
            lines=self._lines(),
            packer_notes=(PackerNote(text="割れ物", acknowledge=True),) if self.chance.random() < 0.1 else (),
        )

    def revision(self, instruction: Instruction) -> Instruction:
        """The next revision: to another address, by another service, sometimes with other goods or pieces."""
        number, revision = int(instruction.order.rpartition("-")[2]), instruction.revision + 1
        assert revision <= MAX_REVISIONS
        pieces = len(instruction.pieces) if self.chance.random() < 0.8 else self.chance.randint(1, 2)
        return msgspec.structs.replace(
            instruction,
            revision=revision,
            ship_to=self._somebody(),
            service=self._service(),
            pieces=_pieces(number, revision, pieces),
            lines=instruction.lines if self.chance.random() < 0.8 else self._lines(),
        )

    def _lines(self) -> tuple[Line, ...]:
        names = self.chance.sample(list(SHELF), self.chance.randint(1, 2))
        return tuple(Line(codes=(SHELF[name],), name=name, quantity=self.chance.choice((1, 1, 2))) for name in names)

    def _service(self) -> Service:
        if self.chance.random() < 0.2:
            return Service(payment="cod", cod_amount_yen=self.chance.randint(500, 30_000))
        return Service()

    def _somebody(self) -> Address:
        return Address(
            postal_code=f"{self.chance.randint(1000000, 9999999)}",
            lines=(STREET, f"{self.chance.randint(1, 99)}番{self.chance.randint(1, 20)}号"),
            name=self.chance.choice(NAMES),
            phone=f"03-{self.chance.randint(1000, 9999)}-{self.chance.randint(1000, 9999)}",
        )


SENDER = Address(postal_code="530-0001", lines=("大阪府大阪市北区梅田3-1-3",), name="みやこ工房", phone="06-6123-4567")


def _pieces(number: int, revision: int, count: int) -> tuple[Piece, ...]:
    first = (number * (MAX_REVISIONS + 1) + revision) * _PIECES_OF_A_REVISION
    return tuple(Piece(tracking_number=_tracking_number(first + piece)) for piece in range(count))


def _tracking_number(body: int) -> str:
    digits = f"4{body:010d}"
    return digits + check_digit(digits)
