"""Runs in the guest: a keyboard that types, as a scanner does, each line that comes in by a pipe.

    keyboard.py PIPE

US layout, as most scanners leave the factory. It is unplugged by ending this.
"""

import os
import sys
from pathlib import Path

from evdev import UInput, ecodes

VENDOR, PRODUCT = 0x05E0, 0x1200
SHIFTED = {"_": "MINUS", ":": "SEMICOLON"}
PLAIN = {"-": "MINUS", ".": "DOT", ";": "SEMICOLON", "/": "SLASH"}


def keys(character: str) -> list[int]:
    """Which go down for it, in this order."""
    if character in SHIFTED:
        return [ecodes.KEY_LEFTSHIFT, ecodes.ecodes[f"KEY_{SHIFTED[character]}"]]
    name = PLAIN.get(character, character.upper())
    key = ecodes.ecodes[f"KEY_{name}"]
    return [ecodes.KEY_LEFTSHIFT, key] if character.isupper() else [key]


def main() -> None:
    """Until it is ended."""
    pipe = Path(sys.argv[1])
    every = [code for name, code in ecodes.ecodes.items() if name.startswith("KEY_") and code < ecodes.KEY_MAX]
    with UInput({ecodes.EV_KEY: every}, name="Scanner", vendor=VENDOR, product=PRODUCT) as keyboard:
        pipe.unlink(missing_ok=True)
        os.mkfifo(pipe)
        while True:
            for code in pipe.read_text().splitlines():
                for stroke in (*map(keys, code), [ecodes.KEY_ENTER]):
                    for key, value in (*((key, 1) for key in stroke), *((key, 0) for key in reversed(stroke))):
                        keyboard.write(ecodes.EV_KEY, key, value)
                        keyboard.syn()


main()
