"""One run of the virtual machine: from power on, or from a state that was kept, until its power is cut."""

import json
import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.system.processes import DidNotHappen

SLOW = 20
"""Python runs so many times slower where every instruction is translated: what waits for it waits longer."""
BOOT_S = 3600.0
MEMORY_MIB = 640


class CommandFailed(AssertionError):
    """A command in the guest did not end with 0; the text says which, and what it said."""


@dataclass(frozen=True, slots=True)
class Board:
    """What QEMU calls the parts of a machine of one architecture."""

    program: str
    machine: tuple[str, ...]
    console: str
    """The guest's name for the port of its messages."""
    messages: tuple[str, ...]
    """The device of that port; the other end is the chardev ``console``."""
    scanner: tuple[str, ...]
    scanner_port: str
    """The guest's name for the scanner's port."""
    socket: tuple[str, ...] = ()
    """Into which the disk is plugged."""
    disk: Mapping[str, str] = field(default_factory=dict)


BOARDS = {
    "amd64": Board(
        "qemu-system-x86_64",
        ("-M", "pc", "-cpu", "max"),
        console="ttyS0",
        messages=("-device", "isa-serial,chardev=console"),
        scanner=("-device", "isa-serial,chardev=scanner"),
        scanner_port="/dev/ttyS1",
    ),
    "arm64": Board(
        "qemu-system-aarch64",
        ("-M", "virt", "-cpu", "cortex-a72"),  # a Pi 4's
        console="ttyAMA0",
        messages=("-serial", "chardev:console"),
        scanner=("-device", "pci-serial,chardev=scanner"),
        scanner_port="/dev/ttyS0",
        socket=("-device", "pcie-root-port,id=socket,chassis=1"),
        disk={"bus": "socket"},
    ),
}
"""By Debian's names of architectures."""


class Images:
    """What `scripts/virtual-station` made: kernel, initrd, root file system; and a state of the booted machine."""

    def __init__(self, folder: Path) -> None:
        """``folder``: one suite's."""
        self.kernel, self.initrd, self.root = folder / "vmlinuz", folder / "initrd", folder / "station.ext4"
        self.board = BOARDS[(folder / "architecture").read_text().strip()]
        self.booted, self.state = folder / "booted.qcow2", folder / "booted.state"
        """A disk, and the memory of the machine that had it. Both are only ever read."""

    def disk(self) -> tuple[str, ...]:
        """QEMU's options for the root as it was installed: what is written goes when the machine ends."""
        return ("-drive", f"file={self.root},format=raw,if=virtio,snapshot=on,cache=unsafe")

    def resumed(self) -> tuple[str, ...]:
        """QEMU's options for the machine that was kept."""
        return (
            *("-drive", f"file={self.booted},format=qcow2,if=virtio,snapshot=on,cache=unsafe"),
            *("-incoming", f"exec:cat {self.state}"),
        )


def hardware(images: Images, append: str = "") -> tuple[str, ...]:
    """QEMU's options for processor, memory and kernel. ``append``: more of the kernel's command line."""
    board = images.board
    return (
        *(*board.machine, *_processor(board), "-m", str(MEMORY_MIB)),
        *("-kernel", str(images.kernel), "-initrd", str(images.initrd)),
        *("-append", f"console={board.console} root=/dev/vda rw mitigations=off nosoftlockup quiet {append}"),
    )


class Machine:
    """A running guest, seen by its agent and by QEMU's monitor. Entering it starts it; ended by a power cut."""

    def __init__(self, images: Images, folder: Path, disk: Sequence[str], *, append: str = "") -> None:
        """``folder``: for its sockets, so its name is short. ``disk``: one of what ``images`` has for its root."""
        self.folder = folder
        self._board = images.board
        self._resumes = "-incoming" in disk
        self._options = (
            *hardware(images, append),
            *("-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"),
            *disk,
            *("-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net,romfile="),
            *("-chardev", f"file,id=console,path={folder}/console", *images.board.messages),
            *(*self._socket("scanner"), *images.board.scanner),
            *images.board.socket,
            *("-device", "virtio-serial-pci"),
            *self._socket("agent"),
            *("-device", "virtserialport,chardev=agent,name=agent"),
            *self._socket("screen"),
            *("-device", "virtserialport,chardev=screen,name=screen"),
            *("-device", "virtio-rng-pci", "-device", "i6300esb", "-action", "watchdog=reset"),
            *("-qmp", f"unix:{folder}/monitor,server=on,wait=off"),
        )
        self._process: subprocess.Popen[bytes] | None = None
        self._log = folder / "qemu.log"

    def __enter__(self) -> Self:
        """Power on; returns when commands can be given."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                (self._board.program, *self._options), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        try:
            self._monitor = _Line(self._connected("monitor"))
            self._monitor.read(10)
            self.monitor("qmp_capabilities")
            self._agent = _Line(self._connected("agent"))
            if self._resumes:
                self._resume()
            self.run("true", BOOT_S)
        except BaseException:
            self.power_cut()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.power_cut()

    def power_cut(self) -> None:
        """All of it is gone at once. Again: nothing."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def wait(self, timeout_s: float) -> None:
        """Until it ends by itself; with ``-no-reboot``, when it resets. Raises subprocess.TimeoutExpired."""
        assert self._process is not None
        self._process.wait(timeout_s)

    def run(self, command: str, timeout_s: float = 60.0) -> str:
        """What a shell command in the guest says. Raises CommandFailed, or DidNotHappen where the guest is dumb."""
        self._agent.say({"command": command, "timeout_s": timeout_s})
        answer = self._agent.read(timeout_s + 30)
        if answer["status"] != 0:
            raise CommandFailed(f"{command!r} ended with {answer['status']}: {answer['output']}")
        output: str = answer["output"]
        return output.strip()

    def tell(self, command: str) -> None:
        """Give a command after which no answer can come."""
        self._agent.say({"command": command, "timeout_s": 60})

    def write(self, path: str, text: str) -> None:
        """A file in the guest, and its folder."""
        self.run(f"install -D -m 0644 /dev/stdin {path} <<'END-OF-FILE'\n{text}\nEND-OF-FILE")

    def wait_for(self, command: str, timeout_s: float = 60.0) -> str:
        """What the command says once it succeeds: it is tried in the guest until then."""
        return self.run(f"until {command}; do sleep 0.1; done", timeout_s)

    def monitor(self, command: str, **arguments: object) -> Any:
        """What QEMU answers to a command of its monitor (QMP). Raises CommandFailed."""
        self._monitor.say({"execute": command, "arguments": arguments})
        while True:
            answer = self._monitor.read(60)
            if "error" in answer:
                raise CommandFailed(f"{command}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]

    def plug_disk(self, server: Path) -> str:
        """Plug in the disk that an NBD server at this Unix socket has; its device in the guest."""
        cache = {"direct": False, "no-flush": False}
        nbd = {"type": "unix", "path": str(server)}
        self.monitor("blockdev-add", **{"node-name": "data", "driver": "nbd", "server": nbd, "cache": cache})
        self.monitor(
            "device_add", driver="virtio-blk-pci", drive="data", id="data", **{"write-cache": "on"}, **self._board.disk
        )
        self.wait_for("test -b /dev/vdb", 30)
        return "/dev/vdb"

    def keep(self, images: Images) -> None:
        """Keep this machine, memory and disk, for others to be resumed from. It is over with this one."""
        self.monitor("stop")
        self.monitor("migrate-set-parameters", **{"max-bandwidth": 1 << 34})
        self.monitor("migrate", uri=f"exec:cat >{images.state}")
        until = time.monotonic() + 120
        while (status := self.monitor("query-migrate")["status"]) != "completed":
            if status == "failed" or time.monotonic() > until:
                raise DidNotHappen(f"the state of the machine was not kept: {status}")
            time.sleep(0.1)
        self.monitor("quit")
        self.wait(20)

    def _resume(self) -> None:
        until = time.monotonic() + 60
        while self.monitor("query-status")["status"] == "inmigrate":
            if time.monotonic() > until:
                raise DidNotHappen("the kept machine does not come back")
            time.sleep(0.02)
        self.monitor("cont")
        self._agent.say({"entropy": secrets.token_hex(64)})
        self._agent.read(60)

    def _socket(self, name: str) -> tuple[str, ...]:
        return ("-chardev", f"socket,id={name},path={self.folder}/{name},server=on,wait=off")

    def _connected(self, name: str) -> socket.socket:
        assert self._process is not None
        until = time.monotonic() + 30
        while True:
            connection = socket.socket(socket.AF_UNIX)
            try:
                connection.connect(str(self.folder / name))
            except OSError:
                connection.close()
                if self._process.poll() is not None or time.monotonic() > until:
                    raise DidNotHappen(f"QEMU does not run: {self._log.read_text()[-2000:]}") from None
                time.sleep(0.02)
            else:
                return connection


class _Line:
    """A socket with a line of JSON each way."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._waiting = b""

    def say(self, message: object) -> None:
        self._connection.sendall(json.dumps(message).encode() + b"\n")

    def read(self, timeout_s: float) -> dict[str, Any]:
        until = time.monotonic() + timeout_s
        while b"\n" not in self._waiting:
            self._connection.settimeout(max(0.01, until - time.monotonic()))
            try:
                more = self._connection.recv(65536)
            except OSError as error:
                raise DidNotHappen(f"no answer from the machine: {error}") from None
            if not more:
                raise DidNotHappen("the machine has ended")
            self._waiting += more
        line, _, self._waiting = self._waiting.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        return answer


def _processor(board: Board) -> tuple[str, ...]:
    """With the processor's own help, where it has it and we may use it. Else every instruction is translated.

    The guest's clock then goes by the instructions that were carried out, two nanoseconds each: it finds itself on a
    machine of the speed of a small Pi, whatever else this machine does, and none of its limits passes too early.
    """
    is_ours = board.program.endswith(os.uname().machine)
    flags = Path("/proc/cpuinfo").read_text().split()
    has_help = board is BOARDS["arm64"] or "vmx" in flags or "svm" in flags
    if is_ours and has_help and os.access("/dev/kvm", os.R_OK | os.W_OK):
        return ("-accel", "kvm", "-cpu", "host", "-smp", "2")
    return ("-accel", "tcg", "-smp", "1", "-icount", "shift=1,sleep=on")


@dataclass(frozen=True, slots=True)
class Kept:
    """How a machine was made that others are resumed from."""

    boot_s: float
    install_s: float
    said: str
    """By scripts/install."""


def keep_installed(images: Images, folder: Path) -> Kept | None:
    """Boot it, install the station in it, and keep it as it runs then; None where that is done."""
    if images.state.exists():
        return None
    began = time.monotonic()
    partial = copy(images)
    partial.booted, partial.state = folder / "booted.qcow2", folder / "booted.state"
    backing = ("-F", "raw", "-b", str(images.root))
    subprocess.run(("qemu-img", "create", "-q", "-f", "qcow2", *backing, str(partial.booted)), check=True)
    disk = ("-drive", f"file={partial.booted},format=qcow2,if=virtio,cache=unsafe")
    with Machine(partial, folder, disk) as machine:
        machine.run("systemctl is-system-running --wait || systemctl --failed", BOOT_S)
        booted = time.monotonic()
        said = machine.run(_INSTALL, BOOT_S)
        installed = time.monotonic()
        machine.run(_WARM, BOOT_S)
        machine.keep(partial)
    shutil.move(partial.booted, images.booted)
    shutil.move(partial.state, images.state)
    return Kept(booted - began, installed - booted, said)


_INSTALL = """set -e
/srv/bundle/scripts/install --role station --role desk
systemctl daemon-reload
systemctl is-enabled packing-station packing-desk
"""
"""As a person does it on a machine without a network. Without --config it brings the examples, and starts nothing."""
_WARM = """set -e
modprobe -a ext4 virtio_blk uinput evdev gpio-sim
/opt/packing-station/current/.venv/bin/python -c 'import station.bench.app, station.desk.app, evdev, gpiozero, lgpio'
sync
"""
"""What every test would wait for: drivers, and our programs in the file cache."""
