"""Bars and modules: NW-7 (Codabar) as GS k prints it, QR codes as GS ( k does."""

from dataclasses import dataclass

from PIL import Image
from qrcode import QRCode
from qrcode.exceptions import DataOverflowError

from station.emulator.bitmap import Bitmap
from station.emulator.operations import Flaw, RejectedError

_WIDE_DOTS = {2: 5, 3: 8, 4: 10, 5: 13, 6: 16}
"""GS w: a wide element for each narrow one (two-level codes, TM-T88 table of module widths, in dots)."""

_NW7 = {
    "0": "0000011", "1": "0000110", "2": "0001001", "3": "1100000", "4": "0010010",
    "5": "1000010", "6": "0100001", "7": "0100100", "8": "0110000", "9": "1001000",
    "-": "0001100", "$": "0011000", ":": "1000101", "/": "1010001", ".": "1010100", "+": "0010101",
    "A": "0011010", "B": "0101001", "C": "0001011", "D": "0001110",
}  # fmt: skip
"""Bar, space, bar, space, bar, space, bar; 1 is wide (JIS X 0503)."""


def nw7(data: bytes, narrow_dots: int, height_dots: int) -> Bitmap:
    """The bars of NW-7 data with its start and stop characters. Raises RejectedError."""
    text = data.decode("latin-1").upper()
    if len(text) < 3 or text[0] not in "ABCD" or text[-1] not in "ABCD":
        raise RejectedError("GS k NW-7: no start and stop character A to D around the data")
    if strange := set(text[1:-1]) - set("0123456789-$:/.+"):
        raise RejectedError(f"GS k NW-7: characters that NW-7 does not have: {sorted(strange)!a}")
    gap = "0" * narrow_dots
    bits = gap.join(_elements(_NW7[character], narrow_dots) for character in text)
    return Bitmap(len(bits), 1, _packed(bits)).scaled(1, height_dots)


def _elements(widths: str, narrow_dots: int) -> str:
    wide_dots = _WIDE_DOTS[narrow_dots]
    return "".join("10"[at % 2] * (wide_dots if wide == "1" else narrow_dots) for at, wide in enumerate(widths))


def _packed(bits: str) -> bytes:
    length = (len(bits) + 7) // 8
    return int(bits.ljust(8 * length, "0"), 2).to_bytes(length)


def qr(data: bytes, error_correction: int, module_dots: int) -> Bitmap:
    """The modules of a QR code, model 2, without quiet zone (the host has to leave it). Raises RejectedError."""
    code = QRCode(error_correction=error_correction, box_size=1, border=0)
    code.add_data(data)
    try:
        code.make(fit=True)
    except (DataOverflowError, ValueError) as error:
        raise RejectedError(f"GS ( k: {len(data)} bytes are more than a QR code holds") from error
    matrix = code.get_matrix()
    image = Image.new("1", (len(matrix), len(matrix)))
    image.putdata([int(dark) for row in matrix for dark in row])
    return Bitmap.of(image).scaled(module_dots, module_dots)


@dataclass(slots=True)
class QrSymbol:
    """GS ( k with cn = 49: the settings of functions 167 and 169, and the symbol storage area."""

    module_dots: int = 3
    error_correction: int = 1
    data: bytes = b""

    def execute(self, block: bytes) -> Bitmap | None:
        """Carries out one function of GS ( k; function 181 yields the code to print. Raises RejectedError.

        In the stream functions 165 to 181 are fn = 65 to 81.
        """
        function, value = block[:2], block[2] if len(block) > 2 else 0
        if function == b"1Q" and self.data:
            return qr(self.data, self.error_correction, self.module_dots)
        if function == b"1P" and value == 48:
            self.data = block[3:]
        elif function == b"1C" and 1 <= value <= 16:
            self.module_dots = value
        elif function == b"1E" and 48 <= value <= 51:
            self.error_correction = (1, 0, 3, 2)[value - 48]  # L, M, Q, H as the qrcode package numbers them
        elif not (function == b"1A" and value in {49, 50}):  # model 1 comes out as model 2, its successor
            known = block[:1] == b"1"
            raise RejectedError(f"GS ( k: {block[:3].hex(' ').upper()}", Flaw.REFUSED if known else Flaw.UNSUPPORTED)
        return None
