"""The three patterns that tell how a scanner is set."""

from enum import Enum


class Pattern(Enum):
    """A code on the sheet. The value is what it says, without what a scanner adds to it or leaves out of it."""

    LAYOUT = "PS-Layout@[]:+_1"
    """Code 128: characters that a US and a JP keyboard have on different keys, and both cases."""
    GS1 = "010952123454321310LEARN217"
    """GS1-128: an article of GS1's own examples, a lot, FNC1 after it, a serial number."""
    NW7 = "401562"
    """NW-7, between the start character A and the stop character B."""


GS1_ELEMENTS = ("010952123454321310LEARN", "217")
"""FNC1 stands before the first and between them."""
NW7_ENDS = ("A", "B")
