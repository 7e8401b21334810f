"""Instructions by the thousand, one for each number: what people and shops write, and what printers lack."""

import random

from station.label.nw7 import check_digit
from station.protocol.instruction import Address, Instruction, Line, Piece, Service
from tests.label.x0213 import KANJI

RARE = ("髙", "﨑", "①", "㈱", "～", "〜", "−", "𠮷", "é", "É", "ş", "Ł", "≒", "￠", "№", "\\", "~", "¥", "⦅")
SEQUENCES = ("か゚", "セ゚", "ㇷ゚", "æ̀", "葛\U000e0100", "葛\U000e0101", "辻\U000e0100", "邉\U000e0105")
HALF_WIDTH = tuple(map(chr, range(0xFF66, 0xFFA0)))
KANA = tuple(map(chr, (*range(0x3041, 0x3094), *range(0x30A1, 0x30F7))))
ASCII = tuple(map(chr, range(0x21, 0x7F)))
_COMMON = tuple(kanji for kanji in KANJI if len(kanji.encode("cp932", "replace")) == 2)
_BUILDINGS = ("グランドメゾン", "パークハイツ", "Residence Saint-Exupéry ", "ﾊｲﾂ ﾐﾔｺ", "第二東京ビルヂング")
_COMPANIES = ("株式会社", "㈱", "有限会社", "合同会社", "一般社団法人")
_LETTERS = (_COMMON, _COMMON, KANJI, KANA, HALF_WIDTH, ASCII, RARE, SEQUENCES)


def instruction(number: int) -> Instruction:
    """The instruction of that number; the same each time."""
    chance = random.Random(number)
    cod = chance.random() < 0.25
    return Instruction(
        order=chance.choice((f"A-{number}", f"NS-{number:08d}", _words(chance, 3, 12))),
        revision=chance.choice((1, 2, 17, 1_000_000)),
        merchant=_company(chance),
        slips=(f"S-{number}",),
        ship_to=_address(chance),
        ship_from=_address(chance),
        carrier=chance.choice(("yamato", "sagawa", "yupack", "福山通運")),
        service=Service(
            payment="cod" if cod else "prepaid" if chance.random() < 0.7 else "collect",
            cod_amount_yen=chance.randint(1, 9_999_999) if cod else None,
            temperature="chilled" if chance.random() < 0.3 else "ambient",
        ),
        delivery_date=chance.choice((None, "2026-12-31", "2027-02-03")),
        time_slot=chance.choice((None, "0812", "1416", "1618", "1820", "1921")),
        sort_code=chance.choice((None, "1302145", "13-02145")),
        gift_note=chance.choice((None, _words(chance, 4, 36))),
        pieces=tuple(_piece(number, piece) for piece in range(chance.choice((1,) * 18 + (2, 3)))),
        lines=(Line(codes=("4901234567894",), name="煎茶", quantity=1),),
    )


def _piece(number: int, piece: int) -> Piece:
    body = f"{40_000_000_000 + 3 * number + piece:011d}"
    return Piece(tracking_number=body + check_digit(body))


def _words(chance: random.Random, shortest: int, longest: int) -> str:
    letters = chance.choice(_LETTERS) if chance.random() < 0.5 else None
    words = [chance.choice(letters or chance.choice(_LETTERS)) for _ in range(chance.randint(shortest, longest))]
    if len(words) > 5 and chance.random() < 0.4:
        words[chance.randrange(1, len(words) - 1)] = chance.choice(" 　")
    return "".join(words)


def _company(chance: random.Random) -> str:
    """Up to forty characters."""
    return (chance.choice(_COMPANIES) + _words(chance, 2, 36))[:40]


def _address(chance: random.Random) -> Address:
    lines = [f"東京都{_words(chance, 2, 5)}区{_words(chance, 2, 8)}{chance.randint(1, 30)}-{chance.randint(1, 30)}"]
    if chance.random() < 0.6:
        lines.append(
            f"{chance.choice(_BUILDINGS)}{_words(chance, 1, 8)} {chance.randint(1, 60)}階{chance.randint(1, 999)}号室"
        )
    return Address(
        postal_code=f"{chance.randint(0, 999):03d}-{chance.randint(0, 9999):04d}",
        lines=tuple(lines),
        name=_company(chance) if chance.random() < 0.3 else _words(chance, 2, 12),
        phone=f"0{chance.randint(1, 99)}-{chance.randint(1000, 9999)}-{chance.randint(1000, 9999)}",
    )
