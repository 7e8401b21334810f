"""Command cards: codes that a packer scans instead of pressing keys. The printable sheet is made from this table."""

from enum import StrEnum


class Card(StrEnum):
    """What a card commands. The value is the code on the card: letters that US and JP key maps share."""

    CANCEL = "PS-CANCEL"
    NO_LABEL = "PS-NO-LABEL"
    LABEL_OUT = "PS-LABEL-OUT"
    VOID = "PS-VOID"
    GONE = "PS-GONE"
    SWAP = "PS-SWAP"
    ACKNOWLEDGE = "PS-OK"
    QUANTITY = "PS-QTY"
    NO_BARCODE = "PS-NO-BARCODE"
    REPRINT = "PS-REPRINT"
    TAKE_OVER = "PS-TAKE-OVER"


CARDS: dict[Card, tuple[str, str]] = {
    Card.CANCEL: ("取消 (この注文をやめる)", "Cancel: put this order back"),
    Card.NO_LABEL: ("送り状が出なかった", "No label came out"),
    Card.LABEL_OUT: ("送り状が出た", "The label came out"),
    Card.VOID: ("送り状を無効にする (責任者が必要)", "Void a label (supervisor)"),
    Card.GONE: ("荷物が作業台にない", "The parcel is not at the bench"),
    Card.SWAP: ("送り状を差し替える", "Another label in the place of one"),
    Card.ACKNOWLEDGE: ("確認しました", "Acknowledged"),
    Card.QUANTITY: ("個数 (次に数字カード)", "Quantity: then number cards"),
    Card.NO_BARCODE: ("バーコードなし (責任者が必要)", "No barcode (supervisor)"),
    Card.REPRINT: ("再発行 (責任者が必要)", "Print again (supervisor)"),
    Card.TAKE_OVER: ("引き継ぎ (他の作業台の注文)", "Take over from another station"),
}

NUMBER_PREFIX = "PS-N-"
NUMBERS: dict[str, tuple[str, str]] = {f"{NUMBER_PREFIX}{digit}": (digit, f"Number {digit}") for digit in "0123456789"}
"""Number cards: the digits of a quantity, or the number of a line on the screen."""

PACKER_PREFIX = "PS-PACKER-"
"""A packer's unsigned badge: this, and then who it is."""
BADGE_PREFIX = "PS-BADGE-"
"""A signed badge: this, and then what only the site's administrator can make (``station.badges``)."""
MAX_HOLDER_CHARACTERS = 64
"""Of a badge: a name or a staff number."""


def card_of(text: str) -> Card | None:
    """The card that a scanned text is, if it is one."""
    return Card(text) if text in CARDS else None


def digit_of(text: str) -> str | None:
    """The digit on a number card, if a scanned text is one."""
    return text[-1] if text in NUMBERS else None


def packer_of(text: str) -> str | None:
    """Whose unsigned badge a scanned text is, if it is one."""
    name = text.removeprefix(PACKER_PREFIX)
    return name[:MAX_HOLDER_CHARACTERS] if name and name != text else None
