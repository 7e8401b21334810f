"""Instructions for tests: a plain one to change, and generated ones."""

from typing import Any

import msgspec
from hypothesis import strategies as st

from station.label.carriers import known_carrier
from station.label.nw7 import check_digit
from station.protocol.instruction import Address, Instruction, Line, Piece, Service

RARE = "髙﨑①㈱～𠮷éｶﾞ"
"""What names and addresses hold, and Shift_JIS or the printers' kanji lack."""


def tracking_number(body: int) -> str:
    """Twelve digits, the last a check digit."""
    return f"{body:011d}" + check_digit(f"{body:011d}")


PLAIN = Instruction(
    order="A-1001",
    revision=1,
    merchant="みやこ工房",
    slips=("A-1001",),
    ship_to=Address(
        postal_code="1000005",
        lines=("東京都千代田区丸の内一丁目9番1号", "東京ビルディング15階"),
        name="山田太郎",
        phone="03-1234-5678",
    ),
    ship_from=Address(
        postal_code="530-0001",
        lines=("大阪府大阪市北区梅田3-1-3",),
        name="みやこ工房 オンラインショップ",
        phone="06-6123-4567",
    ),
    carrier="yamato",
    pieces=(Piece(tracking_number=tracking_number(40001234567)),),
    lines=(Line(codes=("4901234567894",), name="煎茶", quantity=1),),
)


def order(**changes: Any) -> Instruction:
    """The plain instruction with some fields changed."""
    return msgspec.structs.replace(PLAIN, **changes)


def to(**changes: Any) -> Instruction:
    """The plain instruction to somebody else."""
    return order(ship_to=msgspec.structs.replace(PLAIN.ship_to, **changes))


def pieces(count: int) -> tuple[Piece, ...]:
    """Parcels with tracking numbers of their own."""
    return tuple(Piece(tracking_number=tracking_number(40001234567 + number)) for number in range(count))


_KANJI = st.characters(min_codepoint=0x4E00, max_codepoint=0x9F00)
_KANA = st.characters(min_codepoint=0x3041, max_codepoint=0x30F6, exclude_characters="゗゘゙゚")
_HALF_WIDTH = st.characters(min_codepoint=0xFF66, max_codepoint=0xFF9F)
_ASCII = st.characters(min_codepoint=0x20, max_codepoint=0x7E)
_WRITTEN = st.one_of(_KANJI, _KANJI, _KANA, _HALF_WIDTH, _ASCII, st.sampled_from(RARE + "ー、（）　"))


def words(max_size: int) -> st.SearchStrategy[str]:
    """Text as people write it, not blank."""
    return st.text(_WRITTEN, min_size=1, max_size=max_size).filter(str.strip)


def _addresses(line_size: int, max_lines: int, name_size: int) -> st.SearchStrategy[Address]:
    return st.builds(
        Address,
        postal_code=st.from_regex(r"[0-9]{3}-?[0-9]{4}", fullmatch=True),
        lines=st.lists(words(line_size), min_size=1, max_size=max_lines).map(tuple),
        name=words(name_size),
        phone=st.from_regex(r"[0-9][0-9-]{5,12}[0-9]", fullmatch=True),
    )


_SERVICES = st.one_of(
    st.builds(
        Service, payment=st.sampled_from(["prepaid", "collect"]), temperature=st.sampled_from(["ambient", "chilled"])
    ),
    st.builds(
        Service,
        payment=st.just("cod"),
        cod_amount_yen=st.integers(1, 9_999_999),
        temperature=st.sampled_from(["ambient", "chilled", "frozen"]),
    ),
)


def instructions(*, line_size: int, max_lines: int, name_size: int) -> st.SearchStrategy[Instruction]:
    """Whole instructions; the sizes bound address lines, and all names."""
    carriers = st.sampled_from(["yamato", "sagawa", "yupack", "福山通運"])
    return carriers.flatmap(lambda carrier: _of_carrier(carrier, line_size, max_lines, name_size))


def _of_carrier(carrier: str, line_size: int, max_lines: int, name_size: int) -> st.SearchStrategy[Instruction]:
    slots = known_carrier(carrier, {})[1].slots
    return st.builds(
        Instruction,
        order=st.one_of(st.from_regex(r"[A-Z]{1,3}-[0-9]{4,12}", fullmatch=True), words(12)),
        revision=st.integers(1, 1_000_000),
        merchant=words(name_size),
        slips=st.just(("S",)),
        ship_to=_addresses(line_size, max_lines, name_size),
        ship_from=_addresses(line_size, min(max_lines, 2), name_size),
        carrier=st.just(carrier),
        service=_SERVICES,
        delivery_date=st.none() | st.dates().map(str),
        time_slot=st.sampled_from([None, *(slots or ("0812", "0912", "0010"))]),
        sort_code=st.none() | st.from_regex(r"[0-9]{2}-?[0-9]{5}", fullmatch=True),
        gift_note=st.none() | words(name_size),
        pieces=st.integers(1, 3).map(pieces),
        lines=st.just(PLAIN.lines),
    )
