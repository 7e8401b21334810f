"""What a merchant has on each of its labels: a warehouse packs for many shops."""

from dataclasses import dataclass

from PIL import Image

from station.protocol.instruction import Address


@dataclass(frozen=True, slots=True, eq=False)
class Merchant:
    """As a site configures it, by the name in an instruction's ``merchant``."""

    sender: Address | None = None
    """Where the instruction names none."""
    note: str | None = None
    logo: Image.Image | None = None
    """Mode "L", black on white, of any size."""

    def logo_within(self, width: int, height: int) -> Image.Image | None:
        """The logo in mode "1", as large as it may be without being enlarged; never grey: dots are printed or not."""
        if self.logo is None:
            return None
        shrink = min(1.0, width / self.logo.width, height / self.logo.height)
        size = (max(1, int(self.logo.width * shrink)), max(1, int(self.logo.height * shrink)))
        grey = self.logo.resize(size, Image.Resampling.LANCZOS)
        return grey.point([255 * (level >= _INK) for level in range(256)], "1")


_INK = 128
"""Darker than this is ink: a logo is line art, and dithered edges close up on thermal paper."""

NO_MERCHANT = Merchant()
