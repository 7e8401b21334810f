"""Orders by the thousand, in many different characters: a station's memory depends on the glyphs that it has read."""

import random

from station.label.nw7 import check_digit
from station.protocol.instruction import Address, Instruction, Line, Piece, Service

ITEM = "4901234567894"
_PREFECTURES = ("東京都", "大阪府", "北海道", "京都府", "神奈川県", "沖縄県", "鹿児島県", "和歌山県")
_FREQUENT_KANJI = (0x4E00, 0x5FFF)
"""From here to there: some 4,600, as rare and as frequent as they come."""
_SERVICES = (
    Service(),
    Service(payment="cod", cod_amount_yen=12_800),
    Service(payment="collect", temperature="chilled"),
)


def instruction(number: int) -> Instruction:
    """The order of that number; the same each time."""
    chance = random.Random(number)
    tracking = f"{40_000_000_000 + number:011d}"
    return Instruction(
        order=f"A-{number}",
        revision=1,
        merchant="みやこ工房",
        slips=(f"NS-{number}",),
        ship_to=_address(chance),
        ship_from=Address(
            postal_code="530-0001",
            lines=("大阪府大阪市北区梅田3-1-3",),
            name="みやこ工房 オンラインショップ",
            phone="06-6123-4567",
        ),
        carrier=chance.choice(("yamato", "sagawa", "yupack")),
        service=chance.choice(_SERVICES),
        delivery_date="2026-12-24",
        time_slot="1416",
        gift_note="御歳暮" if chance.random() < 0.2 else None,
        pieces=(Piece(tracking_number=tracking + check_digit(tracking)),),
        lines=(Line(codes=(ITEM,), name="煎茶 100g", quantity=1),),
    )


def _address(chance: random.Random) -> Address:
    street = f"{_words(chance, 5)}{chance.randint(1, 9)}丁目{chance.randint(1, 30)}-{chance.randint(1, 30)}"
    return Address(
        postal_code=f"{chance.randint(1, 999):03d}-{chance.randint(1, 9999):04d}",
        lines=(f"{chance.choice(_PREFECTURES)}{_words(chance, 3)}市", street, f"{_words(chance, 4)}ビル 305号室"),
        name=f"{_words(chance, 2)} {_words(chance, 2)}",
        phone=f"0{chance.randint(1, 9)}-{chance.randint(1000, 9999)}-{chance.randint(1000, 9999)}",
    )


def _words(chance: random.Random, length: int) -> str:
    return "".join(chr(chance.randint(*_FREQUENT_KANJI)) for _ in range(length))
