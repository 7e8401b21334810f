"""NW-7 (Codabar, JIS X 0506): a tracking number as bars and spaces, and its check digit."""

_WIDE = {
    "0": "0000011",
    "1": "0000110",
    "2": "0001001",
    "3": "1100000",
    "4": "0010010",
    "5": "1000010",
    "6": "0100001",
    "7": "0100100",
    "8": "0110000",
    "9": "1001000",
    "A": "0011010",
    "B": "0101001",
    "C": "0001011",
    "D": "0001110",
}
"""Bar, space, bar, ... of a character: 1 is wide. Tracking numbers are digits between a start and a stop letter."""

QUIET_MODULES = 10
"""Blank narrow widths that a reader needs on each side (JIS X 0506)."""

_MODULES = ((3, 8), (3, 7), (2, 5))
"""Narrow and wide, in dots, best first. A narrow bar of one dot, 0.125 mm, is not reliable on thermal paper."""


def widths(text: str, narrow_dots: int, wide_dots: int) -> tuple[int, ...]:
    """The widths in dots of bar, space, bar, ... of a symbol, start and stop letter included, without quiet zones."""
    elements: list[int] = []
    for character in text:
        elements += (wide_dots if wide == "1" else narrow_dots for wide in _WIDE[character])
        elements.append(narrow_dots)
    return tuple(elements[:-1])


def widest_within(text: str, width_dots: int) -> tuple[int, tuple[int, ...]] | None:
    """The quiet zone and the widths of the largest symbol that fits a width, or None when none does."""
    for narrow_dots, wide_dots in _MODULES:
        quiet_dots = QUIET_MODULES * narrow_dots
        elements = widths(text, narrow_dots, wide_dots)
        if sum(elements) + 2 * quiet_dots <= width_dots:
            return quiet_dots, elements
    return None


def check_digit(digits: str) -> str:
    """The last digit of a tracking number of Yamato, Sagawa and Japan Post: the ones before it, modulo 7."""
    return str(int(digits) % 7)


def has_check_digit(tracking_number: str) -> bool:
    """Whether the last digit is the check digit of the others."""
    return tracking_number[-1] == check_digit(tracking_number[:-1])
