"""What a printer tells of itself with GS I."""

from station.emulator.model import Model

_NUMBERS = {1: 0x20, 2: 0x03, 3: 0x01}
"""One byte for n = 1 to 3. Type 03: two-byte characters and a cutter."""


def told_of(model: Model, which: int) -> bytes:
    """The answer to GS I n; empty where the printer has none."""
    words = {65: "1.00 ESC/POS", 66: model.maker, 67: model.name, 68: model.serial_number, 69: "KANJI JAPANESE"}
    number = _NUMBERS.get(which - 48 if which >= 48 else which)
    if not model.name:
        return b""
    if number is not None:
        return bytes([number])
    return b"\x5f" + words[which].encode() + b"\x00" if which in words else b""
