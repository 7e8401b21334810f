"""Where a journal keeps what was recorded for ``station replay``: chapters, and their parts one after the other."""

import sqlite3

from station.age import Age
from station.bench.recording import FORMAT, Part
from station.clock import Clock

MAX_RECORDED_BYTES = 128 << 20
"""Of all chapters; the oldest go first. A bench that packs 1,000 orders a day stays well under it in a month."""
MAX_FORGOTTEN = 4
"""So many chapters go at a time: to wipe them takes the disk while a packer may be waiting."""


class Chapters:
    """Their two tables. Whoever writes has begun a transaction."""

    def __init__(self, db: sqlite3.Connection, clock: Clock, age: Age) -> None:
        self._db = db
        self._clock = clock
        self._age = age
        self._under_way = 0

    def write(self, part: Part) -> None:
        """Add a part."""
        at_s = self._clock.wall_s()
        if part.chapter is not None:
            chapter = part.chapter
            cursor = self._db.execute(
                "INSERT INTO chapters (boot, boot_number, software, format, first_event, beginning, ended, at_s) "
                "VALUES (?, ?, ?, ?, ?, ?, '', ?)",
                (
                    chapter.boot,
                    chapter.boot_number,
                    chapter.software,
                    FORMAT,
                    part.first_event,
                    chapter.beginning.decode(),
                    at_s,
                ),
            )
            self._under_way = cursor.lastrowid or 0
        row = (self._under_way, part.first_event, part.body, part.elapsed_s, at_s, self._age.now_s)
        self._db.execute("INSERT INTO recorded VALUES (?, ?, ?, ?, ?, ?)", row)
        if part.ended:
            self._db.execute("UPDATE chapters SET ended = ? WHERE id = ?", (part.ended, self._under_way))

    def forget(self, before_s: float) -> int:
        """Delete chapters that ended before, and those for which there is no room. The newest stays."""
        sizes = self._db.execute(
            "SELECT chapter, max(aged_s), sum(length(body)) FROM recorded GROUP BY chapter ORDER BY chapter DESC"
        ).fetchall()
        total, past = 0, []
        for chapter, aged_s, size in sizes[1:]:
            total += size
            if aged_s < before_s or total > MAX_RECORDED_BYTES:
                past.append(chapter)
        for chapter in sorted(past)[:MAX_FORGOTTEN]:
            self._db.execute("DELETE FROM recorded WHERE chapter = ?", (chapter,))
            self._db.execute("DELETE FROM chapters WHERE id = ?", (chapter,))
        return len(past[:MAX_FORGOTTEN])
