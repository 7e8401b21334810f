"""From an instruction to the bytes of its labels, and the answer whether there are any."""

from collections.abc import Mapping
from dataclasses import dataclass

from PIL import Image

from station.label.carriers import CarrierStyle
from station.label.content import MAX_REPRINT, label_content
from station.label.escpos import encode_job
from station.label.fonts import Typeface
from station.label.layout import Layout
from station.label.placing import PlacedLabel, place
from station.label.raster import draw_form, draw_label
from station.protocol.instruction import Instruction


@dataclass(frozen=True, slots=True)
class Job:
    """The labels of all pieces of an order, as one print."""

    data: bytes
    """ESC/POS, from ESC @ to the last cut. The printer's edge adds its proof of print."""
    labels: int
    tracking_numbers: tuple[str, ...]


class LabelPress:
    """Makes labels with one font, one layout and one set of carriers' styles.

    It remembers nothing of an instruction, which is personal data. For one thread at a time.
    """

    def __init__(self, typeface: Typeface, layout: Layout, carriers: Mapping[str, CarrierStyle]) -> None:
        self._typeface = typeface
        self._layout = layout
        self._carriers = carriers
        self._form = draw_form(layout, typeface)

    def check(self, instruction: Instruction) -> None:
        """Raises DoesNotFit where a label of this instruction could not be printed, now or as a reprint."""
        for piece in range(1, len(instruction.pieces) + 1):
            self.place(instruction, piece, MAX_REPRINT)

    def job(self, instruction: Instruction, reprint: int = 0) -> Job:
        """The labels of all pieces; reprint 0 is the first print, others are marked 再発行 with their number.

        Raises DoesNotFit, but not for an instruction that ``check`` has passed.
        """
        pieces = range(1, len(instruction.pieces) + 1)
        images = (self.draw(instruction, piece, reprint) for piece in pieces)
        return Job(encode_job(images, self._layout.dots_per_inch), len(pieces), instruction.tracking_numbers)

    def place(self, instruction: Instruction, piece: int = 1, reprint: int = 0) -> PlacedLabel:
        """What stands where on the label of one piece, counted from 1."""
        content = label_content(instruction, piece, reprint, self._carriers)
        return place(content, self._layout, self._typeface)

    def draw(self, instruction: Instruction, piece: int = 1, reprint: int = 0) -> Image.Image:
        """The label of one piece as a picture of mode "1"."""
        return draw_label(self.place(instruction, piece, reprint), self._form, self._typeface)
