"""Runs spin on the model: one search is every state that the bounds of one configuration allow."""

import re
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

MODEL = Path(__file__).with_name("hold_protocol.pml")
MEMORY_MB = 6_000
DEPTH = 100_000

_STATES = re.compile(r"^ *([\d.e+]+) states, stored", re.MULTILINE)
_DEPTH = re.compile(r"depth reached (\d+)")
_MEMORY = re.compile(r"^ *([\d.]+)\ttotal actual memory usage", re.MULTILINE)
_UNREACHED = re.compile(r"hold_protocol\.pml:(\d+), state")
_FAILED = re.compile(r"hold_protocol\.pml:(\d+), Error: assertion violated")


class CheckerFailed(Exception):
    """The search did not come to an end, so it says nothing."""


@dataclass(frozen=True)
class Search:
    """What a search found."""

    states: int
    depth: int
    memory_mb: float
    cpu_s: float
    reached: frozenset[int]
    """Lines of the model that were executed in some state. Of a search that was not cut short by a failure."""
    broken: str
    """The line of the model that judges what was broken; empty where nothing was."""
    story: str
    """How it came to that, message by message."""


def search(bounds: Mapping[str, int], *, without: Sequence[str] = (), optimised: bool = True) -> Search:
    """Search the model; raises CheckerFailed, and CalledProcessError where the model is no Promela."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    switches = zip(("WITHOUT", "WITHOUT_TOO"), without, strict=False)
    defines = [f"-D{name}={value}" for name, value in (*bounds.items(), *switches) if value != ""]
    with tempfile.TemporaryDirectory(prefix="model-") as folder:
        shutil.copy(MODEL, folder)
        _run(folder, ["spin", *defines, "-a", MODEL.name])
        options = ["-DSAFETY", "-DNOREDUCE", "-DCOLLAPSE", f"-DMEMLIM={MEMORY_MB}"]
        _run(folder, ["gcc", "-w", "-O2" if optimised else "-O0", *options, "-o", "pan", "pan.c"])
        said = _run(folder, ["./pan", f"-m{DEPTH}", "-w22"])
        failed = Path(folder, f"{MODEL.name}.trail").exists()
        if not failed and ("errors: 0" not in said or "max search depth too small" in said or "out of memory" in said):
            raise CheckerFailed(f"{' '.join(defines)}: the search was cut short:\n{said}")
        story = _run(folder, ["spin", *defines, "-t", "-T", MODEL.name], status=None) if failed else ""
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Search(
        states=int(float(_one(_STATES, said))),
        depth=int(_one(_DEPTH, said)),
        memory_mb=float(_one(_MEMORY, said)),
        cpu_s=after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        reached=frozenset(range(1, len(lines()) + 1)) - {int(line) for line in _UNREACHED.findall(said)},
        broken=_broken(story) if failed else "",
        story=_readable(story),
    )


def lines() -> list[str]:
    """The model."""
    return MODEL.read_text("utf-8").splitlines()


def _run(folder: str, command: list[str], *, status: int | None = 0) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if status is not None and done.returncode != status:
        raise CheckerFailed(f"{' '.join(command)}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def _one(pattern: re.Pattern[str], said: str) -> str:
    found = pattern.search(said)
    if found is None:
        raise CheckerFailed(f"the checker says nothing like {pattern.pattern!r}:\n{said}")
    return found[1]


def _broken(story: str) -> str:
    return lines()[int(_one(_FAILED, story)) - 1].strip()


def _readable(story: str) -> str:
    told = story.split("#processes", maxsplit=1)[0].splitlines()
    return "\n".join(line for line in told if not re.match(r"spin: |\s*\d+: setting priority", line))
