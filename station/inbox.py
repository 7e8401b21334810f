"""What is posted to the one thread that decides."""

import os
import queue
import weakref
from typing import Generic, TypeVar

_Posted = TypeVar("_Posted")


class Inbox(Generic[_Posted]):
    """A queue whose owner can wait for it and for a socket at once: it waits on the descriptor, and then looks."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[_Posted] = queue.SimpleQueue()
        self._wake_fd = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        weakref.finalize(self, os.close, self._wake_fd)

    def fileno(self) -> int:
        """An eventfd, set by `post`; whoever waited on it reads it, before looking into the inbox."""
        return self._wake_fd

    def put(self, posted: _Posted) -> None:
        """By the owner itself, who need not be woken."""
        self._queue.put(posted)

    def post(self, posted: _Posted) -> None:
        """By any other thread, or by a signal's handler."""
        self._queue.put(posted)
        os.eventfd_write(self._wake_fd, 1)

    def empty(self) -> bool:
        """Whether there is nothing to take."""
        return self._queue.empty()

    def take(self) -> _Posted | None:
        """The oldest; None where there is none."""
        try:
            return self._queue.get_nowait()
        except queue.Empty:
            return None
