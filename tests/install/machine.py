"""A Debian machine with systemd, without a network: a container of systemd-nspawn on a root that is built once.

The root is a directory of packages (mmdebstrap), kept between runs; what a test changes lies in a layer above it and is
gone with the test. Boots in a second or two.
"""

import os
import pty
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import Self

ROOTS = Path(os.environ.get("PACKING_ROOTS", "/var/tmp/packing-roots"))  # noqa: S108
"""Where roots are kept. Deleting it builds them anew."""
PACKAGES = "systemd-sysv,udev,dbus,kmod,python3,openssh-server,ca-certificates"
"""As a small Raspberry Pi OS has them; nothing that ours brings."""
NEEDED = ("systemd-nspawn", "mmdebstrap", "nsenter", "mount")
BOOT_S = 60.0


def here() -> str:
    """The Debian that this runs on, by its code name."""
    fields = dict(line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if "=" in line)
    return fields["VERSION_CODENAME"].strip('"')


def wanted() -> str:
    """The Debian of the machines: as here, unless PACKING_RELEASE says another one."""
    return os.environ.get("PACKING_RELEASE") or here()


def why_not() -> str:
    """Why there can be no such machine here; empty where there can."""
    lacking = [command for command in NEEDED if shutil.which(command) is None]
    if os.geteuid() != 0:
        return "only root may start a container"
    return f"lacks {', '.join(lacking)}: apt-get install systemd-container mmdebstrap" if lacking else ""


def root(release: str) -> Path:
    """The root of a Debian release; built, in about a minute and from the network, where it is not there."""
    directory = ROOTS / release
    if not directory.exists():
        ROOTS.mkdir(parents=True, exist_ok=True)
        scratch = ROOTS / f"{release}.new"
        shutil.rmtree(scratch, ignore_errors=True)
        command = ("mmdebstrap", "--quiet", "--variant=minbase", f"--include={PACKAGES}", release, str(scratch))
        subprocess.run(command, check=True, capture_output=True, text=True)
        scratch.rename(directory)
    return directory


class Machine:
    """One machine. As a context it runs; ``boot`` and ``power_off`` may follow in turns."""

    def __init__(self, folder: Path, name: str) -> None:
        """``folder`` gets what the machine writes."""
        self.name = name
        self.path = folder / "root"
        self._folder = folder
        self._lower = root(wanted())
        self._process: subprocess.Popen[bytes] | None = None
        self.leader = ""
        """Its first process, as this system counts; for nsenter(1)."""

    def __enter__(self) -> Self:
        for part in ("above", "work", "root"):
            (self._folder / part).mkdir(parents=True)
        layers = f"lowerdir={self._lower},upperdir={self._folder}/above,workdir={self._folder}/work"
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o", layers, str(self.path)], check=True)
        try:
            (self.path / "etc/machine-id").write_text(f"{abs(hash(self.name)):032x}"[-32:] + "\n")
            (self.path / "etc/hostname").write_text(f"{self.name}\n")
            self.boot()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.power_off()
        subprocess.run(["umount", str(self.path)], check=False)

    def boot(self) -> None:
        """Until systemd says that it is up."""
        ours, its = pty.openpty()
        command = ("systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--private-network", "--boot")
        self._process = subprocess.Popen(
            [*command, f"--machine={self.name}", f"--directory={self.path}"],
            stdin=its,
            stdout=its,
            stderr=its,
            start_new_session=True,
        )
        os.close(its)
        threading.Thread(target=_drain, args=(ours,), daemon=True).start()
        deadline_s = time.monotonic() + BOOT_S
        while time.monotonic() < deadline_s:
            self.leader = self.leader or _leader_of(self._process.pid)
            if self.leader and self.asks("systemctl is-system-running --wait").stdout.strip() in (
                "running",
                "degraded",
            ):
                return
            time.sleep(0.1)
        raise TimeoutError(f"{self.name} is not up after {BOOT_S} s")

    def power_off(self) -> None:
        """In order: systemd stops all units."""
        if self._process is None:
            return
        if self.leader:
            os.kill(int(self.leader), signal.SIGRTMIN + 4)
        try:
            self._process.wait(90.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process, self.leader = None, ""

    def entering(self, command: str) -> list[str]:
        """The words by which a program here runs a shell command there."""
        shell = f"export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; cd /; {command}"
        return ["nsenter", "--target", self.leader, "--all", "bash", "-c", shell]

    def asks(self, command: str, timeout_s: float = 300.0) -> subprocess.CompletedProcess[str]:
        """Runs a shell command there as root."""
        words = self.entering(command)
        environment = {"LANG": "C.UTF-8", "HOME": "/root", "PATH": os.environ["PATH"]}
        return subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout_s,
            env=environment,
            check=False,
        )

    def tries(self, command: str) -> int:
        """Its exit status."""
        return self.asks(command).returncode

    def does(self, command: str, timeout_s: float = 300.0) -> str:
        """What it said. Raises where it fails."""
        done = self.asks(command, timeout_s)
        assert done.returncode == 0, f"{self.name}: {command}\n{done.stdout}"
        return done.stdout.strip()


def _drain(descriptor: int) -> None:
    """Its console, which nobody reads."""
    try:
        while os.read(descriptor, 1 << 16):
            pass
    except OSError:
        return
    finally:
        os.close(descriptor)


def _leader_of(process: int) -> str:
    """The container's first process, as the host counts; empty until there is one."""
    for child in _children(process):
        for inner in (child, *_children(int(child))):
            name = Path(f"/proc/{inner}/comm")
            if name.exists() and name.read_text().strip() == "systemd":
                return inner
    return ""


def _children(process: int) -> list[str]:
    file = Path(f"/proc/{process}/task/{process}/children")
    return file.read_text().split() if file.exists() else []
