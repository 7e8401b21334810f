"""Command cards: codes that a packer scans instead of pressing keys. The printable sheet is made from this table."""

from enum import StrEnum


class Card(StrEnum):
    """What a card commands. The value is the code on the card: letters that US and JP key maps share."""

    CANCEL = "PS-CANCEL"
    NO_LABEL = "PS-NO-LABEL"
    ACKNOWLEDGE = "PS-OK"
    REPRINT = "PS-REPRINT"
    TAKE_OVER = "PS-TAKE-OVER"
    VOID = "PS-VOID"
    GONE = "PS-GONE"
    SWAP = "PS-SWAP"


CARDS: dict[Card, tuple[str, str]] = {
    Card.CANCEL: ("取消 (この注文をやめる)", "Cancel: put this order back"),
    Card.NO_LABEL: ("送り状が出なかった", "No label came out"),
    Card.ACKNOWLEDGE: ("確認しました", "Acknowledged"),
    Card.REPRINT: ("再発行 (責任者キーが必要)", "Print again (supervisor's key)"),
    Card.VOID: ("送り状を無効にする (責任者キーが必要)", "Void a label (supervisor's key)"),
    Card.GONE: ("荷物が作業台にない", "The parcel is not at the bench"),
    Card.SWAP: ("送り状を差し替える", "Another label in the place of one"),
    Card.TAKE_OVER: ("引き継ぎ (他の作業台の注文)", "Take over from another station"),
}

PACKER_PREFIX = "PS-PACKER-"
"""A packer's badge: this, and then who it is."""


def card_of(text: str) -> Card | None:
    """The card that a scanned text is, if it is one."""
    return Card(text) if text in CARDS else None


def packer_of(text: str) -> str | None:
    """Whose badge a scanned text is, if it is one."""
    name = text.removeprefix(PACKER_PREFIX)
    return name[:64] if name and name != text else None
