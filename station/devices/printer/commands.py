"""The ESC/POS commands that the printer edge itself sends. Labels are encoded elsewhere.

Sources: Epson's ESC/POS command reference and the TM-L90 and TM-T90 manuals.
"""

from collections.abc import Iterator

ENABLE_STATUS_BACK = b"\x1da\xff"
"""GS a 255: the printer says its status (ASB) now and at every change. ESC @ ends it."""

REQUEST_PAPER_STATUS = b"\x1dr\x01"
"""GS r 1: answered in its turn, when all that stands before it is developed. Not executed at paper end."""

CLEAR_BUFFERS = bytes((0x10, 0x14, 8, 1, 3, 20, 1, 6, 2, 8))
"""DLE DC4 function 8, in real time: drops the receive and print buffers, also out of the middle of a raster,
and answers 37 25 00. Nothing may be sent before that answer. TM-T88III and older do not know it."""

REQUEST_CUT_COUNT = b"\x1dg2\x00\xb2\x00"
"""GS g 2, counter 178: the cuts of the printer's life, as far as it has saved them. Printers save them now and then,
and the manuals call the value a guideline; it is told as GS r is, when the request is developed. So it is no proof that
a label was cut, and no print is confirmed by it."""

EJECT = b"\x1dVB\x00"
"""GS V 66 0: feeds what is printed past the cutter, and cuts it off."""

STATUS_REQUESTS = (1, 2, 3, 4)
"""The n of DLE EOT: printer, cause of offline, cause of error, paper sensors."""

_ID_CHARACTERS = range(0x20, 0x7F)
_ID_LENGTH = 4
PROCESS_IDS = len(_ID_CHARACTERS) ** _ID_LENGTH


def request_status(n: int) -> bytes:
    """DLE EOT n, answered in real time with one byte that does not say which n it answers."""
    return bytes((0x10, 0x04, n))


def request_information(n: int) -> bytes:
    """GS I n: one byte for n = 1 to 3, words for n = 65 (firmware) to 69. Answered in its turn, by most printers."""
    return bytes((0x1D, 0x49, n))


REQUEST_NAME = request_information(67)
"""The model's name: CT-S2000, TM-T90, TM-T88V and others answer it."""


def request_process_id(process_id: bytes) -> bytes:
    """GS ( H function 48: the printer returns the ID when all that stands before it is printed."""
    return b"\x1d(H\x06\x00\x30\x30" + process_id


def process_ids(first: int) -> Iterator[bytes]:
    """All process IDs in turn from number ``first``, and round again; 81 million before one comes back."""
    number = first
    while True:
        number %= PROCESS_IDS
        digits = (number // len(_ID_CHARACTERS) ** place for place in range(_ID_LENGTH))
        yield bytes(_ID_CHARACTERS[digit % len(_ID_CHARACTERS)] for digit in digits)
        number += 1
