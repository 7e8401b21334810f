"""The label's QR code, as large as its box allows."""

from dataclasses import dataclass

from qrcode.constants import ERROR_CORRECT_L, ERROR_CORRECT_M
from qrcode.exceptions import DataOverflowError
from qrcode.main import QRCode

from station.label.content import DoesNotFit, Field
from station.label.layout import Box
from station.protocol.scanback import ScanBack

QUIET_MODULES = 4
"""Blank modules that a reader needs on each side (ISO/IEC 18004)."""

_CHOICES = ((4, ERROR_CORRECT_M), (3, ERROR_CORRECT_M), (3, ERROR_CORRECT_L), (2, ERROR_CORRECT_L))
"""Dots a module and error correction, best first. Two dots are 0.25 mm, which imagers read and phones do not always."""


@dataclass(frozen=True, slots=True)
class PlacedQr:
    """A QR code whose first module is at x, y."""

    text: str
    x: int
    y: int
    modules: int
    """On each side, without the quiet zone."""
    module_dots: int
    error_correction: int

    def matrix(self) -> list[list[bool]]:
        """The modules, row by row; true is black."""
        code = QRCode(error_correction=self.error_correction, border=0)
        code.add_data(self.text.encode("ascii"))
        code.make(fit=True)
        rows: list[list[bool]] = code.get_matrix()
        return rows


def place_qr(label: ScanBack, box: Box) -> PlacedQr:
    """The code in the middle of its box. Raises DoesNotFit for an order whose name is too long for it."""
    text = str(label)
    for module_dots, error_correction in _CHOICES:
        modules = _modules(text, error_correction)
        side = modules * module_dots
        if side + 2 * QUIET_MODULES * module_dots <= box.width:
            x, y = box.x + (box.width - side) // 2, box.y + (box.height - side) // 2
            return PlacedQr(text, x, y, modules, module_dots, error_correction)
    raise DoesNotFit(
        Field.ORDER,
        f"makes a QR code of {len(text)} characters, too many for the label (a character outside of ASCII counts as 6 "
        "or 9); use a shorter order number",
    )


def _modules(text: str, error_correction: int) -> int:
    """A symbol of version v has 17 + 4 v modules on each side."""
    code = QRCode(error_correction=error_correction)
    code.add_data(text.encode("ascii"))
    try:
        version: int = code.best_fit(start=1)
    except (DataOverflowError, ValueError):
        version = 40
    return 17 + 4 * version
