"""Every character of JIS X 0213, from Python's own table of its Shift_JIS form."""

import unicodedata


def _characters() -> tuple[str, ...]:
    found = []
    for first in (*range(0x81, 0xA0), *range(0xE0, 0xFD)):
        for second in (*range(0x40, 0x7F), *range(0x80, 0xFD)):
            try:
                found.append(bytes((first, second)).decode("shift_jis_2004"))
            except UnicodeDecodeError:
                continue
    return tuple(found)


X0213 = _characters()
"""11,233 characters in the order of the standard; 25 of them are sequences of two code points."""
KANJI = tuple(
    character for character in X0213 if unicodedata.category(character[0]) == "Lo" and character[0] > "\u33ff"
)
