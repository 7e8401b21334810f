"""A console of the guest, for people: ``python -m tests.machine IMAGES``. What is changed there is not kept."""

import os
import sys
from pathlib import Path

from tests.machine.qemu import Images, hardware


def main() -> int:
    """Becomes QEMU."""
    images = Images(Path(sys.argv[1]))
    console = ("-nographic", "-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net,romfile=")
    os.execvp(images.board.program, (images.board.program, *hardware(images), *images.disk(), *console))  # noqa: S606


if __name__ == "__main__":
    sys.exit(main())
