"""An instruction's fields as people know them: the columns of an orders file, and the words for what is wrong in one.

``docs/orders-file.md`` has the same table; a test compares them.
"""

import re
from dataclasses import dataclass

from station.contact import cells
from station.contact.cells import Kind


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an orders file."""

    name: str
    japanese: str
    place: str
    """The field in the instruction; ``[]``: columns with the same place are its entries, in their order."""
    kind: Kind = cells.TEXT
    form: tuple[str, str] = ("", "")
    """What a value has to look like, in Japanese and English."""
    needed: bool = False
    """Whether a file without this column cannot be read."""

    @property
    def of_item(self) -> bool:
        """Whether it speaks of one line of the order, and so differs from row to row."""
        return self.place.startswith("lines[].")


_NAME = ("1〜80文字", "1 to 80 characters")
_POSTAL_CODE = ("7桁の数字 (例 100-0005)", "7 digits, as 100-0005")
_PHONE = ("数字とハイフンで5〜20文字", "5 to 20 digits, hyphens, blanks, brackets or +")
_NUMBER = ("1以上の数字", "a number from 1")
_IDENTIFIER = ("1〜64文字", "1 to 64 characters")
_CODES = ("1〜64文字のコード、複数は ; で区切る (8個まで)", "codes of 1 to 64 characters, at most 8, with ; between")


def _address(who: str, japanese: str, *, needed: bool) -> tuple[Column, ...]:
    lines = (
        Column(f"{who}_address{n}", f"{japanese}住所{n}", f"{who}.lines[]", cells.TEXT, _NAME, needed=needed and n == 1)
        for n in range(1, 5)
    )
    return (
        Column(
            f"{who}_postal_code", f"{japanese}郵便番号", f"{who}.postal_code", cells.CODE, _POSTAL_CODE, needed=needed
        ),
        *lines,
        Column(f"{who}_name", f"{japanese}名", f"{who}.name", cells.TEXT, _NAME, needed=needed),
        Column(f"{who}_phone", f"{japanese}電話番号", f"{who}.phone", cells.CODE, _PHONE, needed=needed),
    )


COLUMNS: tuple[Column, ...] = (
    Column("order", "注文番号", "order", cells.TEXT, _IDENTIFIER, needed=True),
    Column("revision", "版", "revision", cells.NUMBER, _NUMBER),
    Column("merchant", "店舗名", "merchant", cells.TEXT, ("1〜60文字", "1 to 60 characters"), needed=True),
    Column("slips", "納品書番号", "slips", cells.CODES, _CODES),
    *_address("ship_to", "お届け先", needed=True),
    *_address("ship_from", "ご依頼主", needed=False),
    Column(
        "carrier",
        "運送会社",
        "carrier",
        cells.CARRIER,
        ("ヤマト運輸、佐川急便、ゆうパック など", "yamato, sagawa, yupack or another name"),
        needed=True,
    ),
    Column(
        "payment",
        "支払区分",
        "service.payment",
        cells.PAYMENT,
        ("元払い、代引、着払い のどれか", "prepaid, cod or collect"),
    ),
    Column(
        "cod_amount_yen",
        "代引金額",
        "service.cod_amount_yen",
        cells.NUMBER,
        ("代引のときだけ、1〜9,999,999 の数字", "with cod, and only then, 1 to 9,999,999"),
    ),
    Column(
        "temperature",
        "温度帯",
        "service.temperature",
        cells.TEMPERATURE,
        ("常温、冷蔵、冷凍 のどれか", "ambient, chilled or frozen"),
    ),
    Column(
        "delivery_date", "お届け希望日", "delivery_date", cells.DATE, ("日付 (例 2026-12-05)", "a day, as 2026-12-05")
    ),
    Column("time_slot", "時間帯", "time_slot", cells.SLOT, ("例 1416、14時〜16時、午前中", "as 1416: from 14 to 16")),
    Column(
        "sort_code",
        "仕分コード",
        "sort_code",
        cells.CODE,
        ("数字とハイフン、12文字まで", "digits and hyphens, at most 12"),
    ),
    Column("gift_note", "のし・メッセージ", "gift_note", cells.TEXT, ("60文字まで", "at most 60 characters")),
    Column(
        "tracking_numbers",
        "送り状番号",
        "pieces",
        cells.PIECES,
        ("8〜20桁の数字、個口ごとに ; で区切る", "8 to 20 digits, one for each piece, with ; between"),
        needed=True,
    ),
    Column("item_codes", "商品コード", "lines[].codes", cells.CODES, _CODES, needed=True),
    Column("item_name", "商品名", "lines[].name", cells.TEXT, ("1〜120文字", "1 to 120 characters"), needed=True),
    Column("quantity", "数量", "lines[].quantity", cells.NUMBER, ("1〜9,999 の数字", "1 to 9,999"), needed=True),
    Column(
        "packer_notes",
        "作業指示",
        "packer_notes",
        cells.NOTES,
        ("120文字まで、複数は ; で区切る (8個まで)", "at most 120 characters each, at most 8, with ; between"),
    ),
    Column(
        "ship_by", "出荷期限", "ship_by", cells.TEXT, ("日時 (例 2026-12-04T17:00+09:00)", "as 2026-12-04T17:00+09:00")
    ),
)

_BY_HEADING = {heading: column for column in COLUMNS for heading in (column.name, column.japanese)}
_BY_PLACE = {column.place: column for column in reversed(COLUMNS)} | {
    "service": _BY_HEADING["cod_amount_yen"],
}
_INDEX = re.compile(r"\[\d*\]")


def column_named(name: str) -> Column:
    """The column of that name; there is one."""
    return _BY_HEADING[name]


def column_of_heading(heading: str) -> Column | None:
    """The column that a heading names, in either language."""
    return _BY_HEADING.get(heading.strip())


def column_of_place(place: str) -> Column | None:
    """The column that a field of an instruction belongs to; ``lines[2].quantity`` is found, too."""
    parts = _INDEX.sub("[]", place).split(".")
    while parts:
        joined = ".".join(parts)
        for candidate in (joined, joined.removesuffix("[]"), f"{joined}[]"):
            if candidate in _BY_PLACE:
                return _BY_PLACE[candidate]
        parts.pop()
    return None
