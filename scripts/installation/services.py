"""The daemons, as systemd has them: asked to finish, stopped, started, and watched until they are well."""

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from installation.changes import Refused, say
from installation.machine import run

UNITS = {"station": "packing-station.service", "desk": "packing-desk.service"}
SETTLED_S = 10.0
"""So long a daemon that is ready has to stay so: one that falls over at the first message is not well."""
LOOK_S = 0.5


def show(unit: str, *properties: str) -> dict[str, str]:
    """What systemd knows of a unit, by property."""
    text = run("systemctl", "show", unit, f"--property={','.join(properties)}")
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def was_stopped(unit: str) -> bool:
    """Whether a person stopped it, or nobody has started it: an upgrade leaves it so."""
    return show(unit, "ActiveState")["ActiveState"] == "inactive"


def missing_credentials(unit: str) -> list[str]:
    """The keys that it would be started with and that are not there. Drop-ins count."""
    lines = run("systemctl", "show", unit, "--property=LoadCredential", "--value").split()
    paths = [entry.partition(":")[2] for entry in lines]
    return [path for path in paths if path and not Path(path).exists()]


def finish_and_stop(role: str, wait_s: float) -> None:
    """Stop it when no order is open. Raises Refused, with all as it was, when that does not come within ``wait_s``."""
    unit = UNITS[role]
    if role == "station":
        _wait_for_the_open_order(unit, wait_s)
    run("systemctl", "stop", unit)


def _wait_for_the_open_order(unit: str, wait_s: float) -> None:
    process = show(unit, "MainPID", "ActiveState")
    if process["ActiveState"] != "active" or process["MainPID"] == "0":
        return
    run("systemctl", "kill", "--kill-whom=main", "--signal=SIGUSR1", unit)
    until_s, said = time.monotonic() + wait_s, ""
    while (now := show(unit, "MainPID", "StatusText"))["MainPID"] == process["MainPID"]:
        if time.monotonic() >= until_s:
            raise Refused(
                f"an order is still open after {wait_s:.0f} s ({now.get('StatusText', '')}): nothing was stopped. Have"
                " it finished or cancelled, and run this again; the station starts anew once when no order is open"
            )
        if now.get("StatusText") != said and now.get("StatusText"):
            said = now["StatusText"]
            say(f"waiting until no order is open; the station: {said}")
        time.sleep(LOOK_S)


@dataclass(frozen=True, slots=True)
class Unwell:
    """What is wrong with a daemon that was started."""

    words: str
    was_ready: bool
    """Whether it had begun its work."""


def start(unit: str) -> Unwell | None:
    """Start it and see whether it is well: ready within its unit's time, and still so a little later."""
    subprocess.run(["systemctl", "reset-failed", unit], capture_output=True, check=False)
    done = subprocess.run(["systemctl", "start", unit], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return Unwell(f"{unit} did not become ready:\n{last_words(unit)}", was_ready=False)
    first = show(unit, "MainPID", "NRestarts")
    until_s = time.monotonic() + SETTLED_S
    while time.monotonic() < until_s:
        time.sleep(LOOK_S)
        now = show(unit, "MainPID", "NRestarts", "ActiveState")
        if now.pop("ActiveState") != "active" or now != first:
            return Unwell(f"{unit} was ready and fell over:\n{last_words(unit)}", was_ready=True)
    return None


def last_words(unit: str) -> str:
    """The end of what it said."""
    words = ["journalctl", "--unit", unit, "--lines=20", "--output=cat", "--no-pager"]
    said = subprocess.run(words, capture_output=True, text=True, check=False).stdout
    return "\n".join(f"    {line}" for line in said.splitlines())
