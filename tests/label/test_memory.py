"""What the press costs a Raspberry Pi: resident memory with its font, over many different labels."""

import subprocess
import sys

_PROGRAM = """
import os
from station.label.fonts import open_typeface
from station.label.layouts import LAYOUTS
from station.label.press import LabelPress
from tests.label.orders import to

def resident_mib():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20

before = resident_mib()
press = LabelPress(open_typeface(), LAYOUTS["80x100"], {})
for number in range(200):
    name = "".join(chr(0x4E00 + (number * 97 + at * 31) % 20000) for at in range(10))
    press.job(to(name=name, lines=(name * 2, name)))
print(resident_mib() - before)
"""


def test_the_press_with_its_font_stays_below_28_mib_after_many_different_labels() -> None:
    grown = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True).stdout
    assert 1 < float(grown) < 28
