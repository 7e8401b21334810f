"""What the owner thread needs of a connection to a printer, whatever it is made of."""

import os
from collections.abc import Callable
from typing import Protocol

READ_SIZE = 4096
"""A tty's buffer; a printer's replies are a few bytes."""


class LineUnavailableError(OSError):
    """The printer cannot be reached now. The message names it, the reason and the remedy."""


class LineLostError(OSError):
    """The connection is gone, or no longer fit for use."""

    def __init__(self, reason: str, *, last_write_uncertain: bool = False) -> None:
        """``last_write_uncertain``: some bytes of the write that failed may have reached the printer."""
        super().__init__(reason)
        self.reason = reason
        self.last_write_uncertain = last_write_uncertain


class Line(Protocol):
    """An open connection. No call waits longer than a tenth of a second."""

    def fileno(self) -> int | None:
        """A descriptor for poll(), or None where there is none and reading has to be tried."""

    def read(self) -> bytes:
        """What has come, perhaps nothing. Raises LineLostError."""

    def write(self, data: memoryview) -> int:
        """How many bytes the operating system or the device took, perhaps none. Raises LineLostError."""

    def close(self, *, discard: bool) -> None:
        """Give the connection back. ``discard``: bytes taken but still underway must not follow."""


class DescriptorLine:
    """A line that is a non-blocking file descriptor.

    Bytes are read and written on the descriptor itself, not through the object that opened it: only the
    system call says how many bytes it took, and on that rests whether a print has begun.
    """

    def __init__(self, descriptor: int, close: Callable[[bool], None], *, empty_read_is_end: bool) -> None:
        """``close`` is called once, with ``discard``. ``empty_read_is_end``: true of sockets, not of ttys and
        usblp, where an empty read says that nothing has come."""
        self._descriptor = descriptor
        self._close = close
        self._empty_read_is_end = empty_read_is_end

    def fileno(self) -> int | None:
        return self._descriptor

    def read(self) -> bytes:
        try:
            data = os.read(self._descriptor, READ_SIZE)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise LineLostError(f"reading failed: {error.strerror}") from error
        if not data and self._empty_read_is_end:
            raise LineLostError("the printer closed the connection")
        return data

    def write(self, data: memoryview) -> int:
        try:
            return os.write(self._descriptor, data)
        except BlockingIOError:
            return 0
        except OSError as error:  # POSIX: a write that fails has taken nothing
            raise LineLostError(f"writing failed: {error.strerror}") from error

    def close(self, *, discard: bool) -> None:
        self._close(discard)
