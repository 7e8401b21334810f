"""From a program's start until it says READY=1, and what Python alone takes of it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Sequence

from tests.performance.report import Figure, milliseconds
from tests.performance.rig import Rig

BARE = "pass"
LIBRARIES = "import msgspec, paho.mqtt.client, sqlite3"
READY_S = 20


def starts(rig: Rig, samples: int) -> list[Figure]:
    """Station and desk, with an empty database the first time and their own from then on."""
    programs = {
        "station": rig.station_words(printer_port=9),
        "desk with [label]": rig.desk_words("desk-start", label=True),
        "desk without [label]": rig.desk_words("desk-start", label=False),
    }
    taken_s: dict[str, list[float]] = {name: [] for name in (*programs, BARE, LIBRARIES)}
    for _ in range(samples):
        for code in (BARE, LIBRARIES):
            taken_s[code].append(_run_s((sys.executable, "-c", code)))
        for name, words in programs.items():
            taken_s[name].append(_ready_s(rig, words))
    floor = milliseconds(taken_s[LIBRARIES])
    return [
        *(
            Figure(
                name=f"{name}: start to ready",
                unit="ms",
                product=milliseconds(taken_s[name]),
                floor=floor,
                floor_name=f'python -c "{LIBRARIES}"',
            )
            for name in programs
        ),
        Figure(name=f"python -c {BARE}", unit="ms", product=milliseconds(taken_s[BARE])),
    ]


def _run_s(words: Sequence[str]) -> float:
    begun_s = time.monotonic()
    subprocess.run(words, check=True)
    return time.monotonic() - begun_s


def _ready_s(rig: Rig, words: Sequence[str]) -> float:
    path = rig.folder / "notify"
    environment = {**os.environ, "NOTIFY_SOCKET": str(path)}
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified:
        notified.bind(str(path))
        notified.settimeout(READY_S)
        begun_s = time.monotonic()
        with subprocess.Popen(words, env=environment, stderr=subprocess.DEVNULL) as program:
            while b"READY=1" not in notified.recv(4096):
                pass
            ready_s = time.monotonic() - begun_s
            program.terminate()
    path.unlink()
    return ready_s
