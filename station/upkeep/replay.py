"""``station replay FILE``: every decision that a station's journal has recorded, decided again and compared."""

import argparse
import sys
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from importlib.metadata import version
from itertools import groupby
from pathlib import Path

import msgspec

from station.bench.replay import Chapter, Played, Player, Recorded, Unreadable
from station.clock import as_text
from station.sqlite import StoreUnusable

DIFFERENT = 1
CANNOT_REPLAY = 2
MAX_TOLD_CHARACTERS = 2_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The file, and which part of it."""
    parser.description = (
        "Has every recorded decision decided again and compares. Exit status 0 where all are the same, 1 where one "
        "differs, 2 where the file cannot be replayed. The file is only read; it may be in use."
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="a station's journal, or a copy of one")
    parser.add_argument("--day", type=date.fromisoformat, metavar="YYYY-MM-DD", help="runs of this day only")
    parser.add_argument("--run", type=int, metavar="N", help="the run of this number only: one start of the daemon")
    parser.add_argument("--story", action="store_true", help="a line for each event")


def run(arguments: argparse.Namespace) -> int:
    """Replay; the exit status."""
    try:
        recorded = Recorded(arguments.file)
        try:
            return _replay(recorded, arguments)
        finally:
            recorded.close()
    except (StoreUnusable, Unreadable) as error:
        print(f"station: {error}", file=sys.stderr)
        return CANNOT_REPLAY


def _replay(recorded: Recorded, arguments: argparse.Namespace) -> int:
    chapters = [chapter for chapter in recorded.chapters() if _is_wanted(chapter, arguments.day, arguments.run)]
    if not chapters:
        raise Unreadable(f"{arguments.file}: no such decisions are recorded in it")
    _tell_versions({chapter.software for chapter in chapters})
    runs = [list(run) for _, run in groupby(chapters, lambda chapter: chapter.boot)]
    return max(_replay_run(recorded, run, story=arguments.story) for run in runs)


def _is_wanted(chapter: Chapter, day: date | None, number: int | None) -> bool:
    if number is not None and chapter.boot_number != number:
        return False
    if day is None:
        return True
    begins = datetime(day.year, day.month, day.day)
    ends = begins + timedelta(days=1)
    return chapter.begun_s < ends.timestamp() and begins.timestamp() <= chapter.last_s


def _tell_versions(recorded: set[str]) -> None:
    here = version("packing-station")
    if others := sorted(recorded - {here}):
        print(f"decided by version {', '.join(others)}, replayed by {here}: a difference may be that of the versions")


def _replay_run(recorded: Recorded, chapters: list[Chapter], *, story: bool) -> int:
    """A line for a run, and another for what is wrong with it."""
    player, events, decisions = Player(), 0, 0
    different: Played | None = None
    unreadable = ""
    try:
        for played in _played(player, recorded, chapters):
            events += 1
            decisions += b'{"entries":[],"wishes":[]' not in played.then[:30]
            if story:
                print(_line(played))
            if not played.same:
                different = played
                break
    except Unreadable as error:
        unreadable = str(error)
    first, last = chapters[0], chapters[-1]
    result = "DIFFERENT" if different else "CANNOT BE REPLAYED" if unreadable else "same"
    since = f", from event {first.first_event} on" if first.first_event else ""
    ended = {"stopped": "", "goes on": ""}.get(last.ended, "; under way or cut off")
    print(
        f"run {first.boot_number}  {as_text(first.begun_s)} to {as_text(last.last_s)}  "
        f"{events} events{since}, {decisions} decisions: {result}{ended}",
        flush=True,
    )
    if different is not None:
        print(_told(first, different), file=sys.stderr)
        return DIFFERENT
    if unreadable:
        print(f"station: run {first.boot_number}: {unreadable}", file=sys.stderr)
        return CANNOT_REPLAY
    return 0


def _played(player: Player, recorded: Recorded, chapters: list[Chapter]) -> Iterator[Played]:
    for chapter in chapters:
        yield from player.play(recorded, chapter)


def _line(played: Played) -> str:
    then = msgspec.json.decode(played.then)
    done = [_effect(*each) for each in (*then.get("entries", ()), *then.get("wishes", ()))]
    state = f"{then.get('session', '')} {then.get('notice', '')}".strip()
    parts = (played.kind or "start", played.event.decode() if played.kind else "", "->", state, *done)
    return f"{as_text(played.at_s)}  {played.number:>5}  {' '.join(part for part in parts if part)}"


def _effect(kind: str, what: dict[str, object]) -> str:
    match what:
        case {"what": str(audited)}:
            return f"[{audited}]"
        case {"request": {"type": str(request)}} | {"record": {"type": str(request)}}:
            return f"{kind}({request})"
        case _:
            return kind


def _told(chapter: Chapter, played: Played) -> str:
    """The first event that is decided otherwise, and what differs."""
    then, now = msgspec.json.decode(played.then), msgspec.json.decode(played.now)
    lines = [
        f"station: run {chapter.boot_number}: event {played.number} of {as_text(played.at_s)} is decided otherwise: "
        f"{played.kind or 'start'} {_short(played.event.decode())}"
    ]
    for name in then | now:
        if then.get(name) != now.get(name):
            lines += [f"  {name} then: {_json(then.get(name))}", f"  {name} now:  {_json(now.get(name))}"]
    return "\n".join(lines)


def _json(value: object) -> str:
    return _short(msgspec.json.encode(value).decode())


def _short(text: str) -> str:
    return text if len(text) <= MAX_TOLD_CHARACTERS else text[:MAX_TOLD_CHARACTERS] + " …"
