"""What a reader calls a character: a letter with the marks on it, a kanji with the selector of its form.

Most are one code point. Some have no composed form: か゚ and ㇷ゚ with their sound mark, 葛 with a variation selector
(IVS) in people's names. Such a sequence is never torn apart, and has one place on the label.
"""

import re

MARKS = "[\u0300-\u036f\u3099\u309a\ufe00-\ufe0f\U000e0100-\U000e01ef]"
"""Of a regular expression: what belongs to the character before it."""
_CHARACTER = re.compile(rf".{MARKS}*", re.DOTALL)
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")


def characters(text: str) -> list[str]:
    """The text, character by character."""
    return _CHARACTER.findall(text)


def without_selectors(character: str) -> str:
    """The character itself, whatever form of it was asked for."""
    return _SELECTORS.sub("", character)
