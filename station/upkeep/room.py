"""Waiting for room on a full disk: nothing can be decided, and nothing is lost."""

import time
from pathlib import Path

from station.sqlite import full_disk
from station.telemetry.messages import RoomAgain
from station.telemetry.telling import tell
from station.upkeep.notify import Notifier

LOOK_AGAIN_S = 1.0


def wait_for_room(database: Path, notifier: Notifier) -> None:
    """Until a database's disk has room. systemd sees why, and that the program is alive."""
    notifier.ready(full_disk(database))
    while full_disk(database):
        notifier.progress()
        time.sleep(LOOK_AGAIN_S)
    tell(RoomAgain(str(database)))
