"""The printer's edge: ESC/POS over TCP, a serial line, USB or a device file.

Theory of operation, from the inside out:

- `commands`, `replies` and `status` are ESC/POS as far as this edge speaks it: bytes out, bytes in, what they mean.
- `conversation` is what is said to a printer on one connection, and what may be concluded from its answers. It
  knows no thread, clock or device: bytes and times go in, bytes and events come out.
- `line` is what a connection can do, `connectors` opens one with python-escpos.
- `owner` is the one thread that owns the printer: it opens the line, carries bytes between it and the
  conversation, and opens it again when it is lost.
"""

from station.devices.printer.owner import PrinterEdge

__all__ = ["PrinterEdge"]
