"""Debian's packages that the program needs: from the bundle, and without one from Debian's servers."""

import os
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from installation.changes import Change, Refused, say
from installation.machine import run

FONTS = (
    "fonts-noto-cjk",
    "fonts-ipaexfont-gothic",  # letters that Noto lacks: ≒ Ł ş
    "fonts-dejavu-core",  # and that both lack: ˥˩
    "libfribidi0",  # Pillow draws letters with marks and the forms of names with it
)
NEEDED = {
    "station": (*FONTS, "libusb-1.0-0"),  # USB printers, through pyusb
    "desk": FONTS,
}
"""As scripts/setup has them; a test holds the two together."""
BUILD = ("gcc", "libc6-dev", "linux-libc-dev", "python3-dev", "python3-venv", "swig")
"""What makes a bundle: evdev has no wheels, lgpio none for Python 3.13."""
EVERYWHERE = ("apt", "dpkg", "python3", "systemd-sysv", "udev")
"""What every machine has with its dependencies, so that a bundle need not carry it."""
_WITHOUT_EXTRAS = (
    "--no-recommends", "--no-suggests", "--no-conflicts", "--no-breaks", "--no-replaces", "--no-enhances",
)  # fmt: skip


def needed(roles: Iterable[str]) -> list[str]:
    """The packages of these roles, each once."""
    return list(dict.fromkeys(package for role in roles for package in NEEDED[role]))


def missing(packages: Iterable[str]) -> list[str]:
    """Those that are not installed here."""
    return [package for package in packages if not _is_installed(package)]


def installing(packages: list[str], bundle: Path) -> Iterator[Change]:
    """What installs those that are missing. Debian's own dependencies of them come along from the bundle."""
    if not packages:
        return
    files = sorted((bundle / "debs").glob("*.deb"))
    names = {file.name.partition("_")[0]: file for file in files}
    if all(package in names for package in packages):
        wanted: list[str | Path] = [file for name, file in names.items() if missing([name])]
        yield Change(f"install from the bundle: {' '.join(missing(names))}", lambda: _install(*wanted))
    else:
        yield Change(f"install Debian's {' '.join(packages)}", lambda: _install(*packages))


def fetch(roles: Iterable[str], into: Path) -> None:
    """Download the packages of these roles and all that they need beyond any Debian system. Raises Refused."""
    into.mkdir()
    for package in sorted(_closure(*needed(roles)) - _closure(*EVERYWHERE)):
        _download(package, into)


def install_to_build() -> None:
    """The packages that make a bundle; said where one is missing. Raises Refused."""
    lacking = missing(BUILD)
    if not lacking:
        return
    if os.geteuid() != 0:
        raise Refused(f"to build, this machine lacks Debian packages. As root: apt-get install {' '.join(lacking)}")
    say(f"install Debian's {' '.join(lacking)}")
    run("apt-get", "update", "-qq")
    _install(*lacking)


def _is_installed(package: str) -> bool:
    words = ["dpkg-query", "--show", "--showformat=${db:Status-Status}", package]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return "installed" in done.stdout.split() or done.stdout.startswith("installed")


def _closure(*names: str) -> set[str]:
    """These packages and all that they depend on. Virtual ones stand in angle brackets, foreign ones have a colon."""
    listed = run("apt-cache", "depends", "--recurse", *_WITHOUT_EXTRAS, *names)
    return {line for line in listed.splitlines() if line and not line.startswith((" ", "<", "|")) and ":" not in line}


def _download(package: str, into: Path) -> None:
    # As root apt would hand the work to a user of its own, who may not write here.
    words = ["apt-get", "download", "-qq", "-o", "APT::Sandbox::User=root", package]
    done = subprocess.run(words, cwd=into, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Refused(f"the Debian package {package} cannot be downloaded (apt-get update?): {done.stderr.strip()}")


def _install(*packages: str | Path) -> None:
    options = ("--yes", "-qq", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300")
    run("apt-get", "install", *options, *packages, env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"})
