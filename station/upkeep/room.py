"""Waiting until a database can be used: for room on a full disk, or for a person who puts one in place."""

import time
from collections.abc import Callable
from pathlib import Path

from station.telemetry.databases import UsableAgain
from station.telemetry.telling import tell
from station.upkeep.notify import Notifier

LOOK_AGAIN_S = 1.0


def wait_until_usable(
    database: Path, lacking: Callable[[], str], notifier: Notifier, say_now: Callable[[str], None]
) -> None:
    """Until nothing is lacking, in words. systemd sees what is, and that the program is alive; ``say_now`` is told
    again and again."""
    told = ""
    while reason := lacking():
        if reason.split(":")[0] != told:
            told = reason.split(":")[0]
            notifier.ready(reason)
        notifier.progress()
        say_now(reason)
        time.sleep(LOOK_AGAIN_S)
    tell(UsableAgain(str(database)))
