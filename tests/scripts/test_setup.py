"""scripts/setup on machines that lack something. What it does on whole ones, every run of scripts/test shows."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]

# A Python whose pip has no compiler: every check passes, but nothing with the extra "hid" can be installed.
PYTHON_WITHOUT_COMPILER = """#!/bin/sh
case "$*" in
  *sys.executable*) echo "$0" ;;
  *version_info*%*) echo 3.12 ;;
  "-m venv "*) mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
  *"pip install"*hid*) echo "error: command 'gcc' failed" >&2; exit 1 ;;
esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A fresh clone, as far as setup looks."""
    (tmp_path / "clone/scripts").mkdir(parents=True)
    shutil.copy(REPOSITORY / "scripts/setup", tmp_path / "clone/scripts/setup")
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(REPOSITORY / name, tmp_path / "clone")
    return tmp_path / "clone"


def setup(checkout: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs scripts/setup there."""
    command = [str(checkout / "scripts/setup"), *arguments]
    variables = os.environ | environment
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=False)


def script(file: Path, text: str) -> Path:
    """An executable file."""
    file.write_text(text)
    file.chmod(0o755)
    return file


def test_where_nothing_is_missing_it_says_and_does_nothing_at_once(checkout: Path) -> None:
    python = script(checkout / "python", PYTHON_WITHOUT_COMPILER)
    assert "installing Python packages" in setup(checkout, "run", PYTHON=str(python)).stderr
    script(checkout / ".venv/bin/python", PYTHON_WITHOUT_COMPILER.replace("hid", ""))  # a pip that fails
    start = time.monotonic()
    done = setup(checkout, "run")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert time.monotonic() - start < 1


def test_a_changed_pin_is_installed(checkout: Path) -> None:
    python = script(checkout / "python", PYTHON_WITHOUT_COMPILER)
    assert setup(checkout, "run", PYTHON=str(python)).returncode == 0
    with (checkout / "constraints.txt").open("a") as constraints:
        constraints.write("another==1.0\n")
    assert "installing Python packages" in setup(checkout, "run").stderr


def test_an_older_python_is_refused_with_the_remedy(checkout: Path) -> None:
    old = script(checkout / "python3.10", '#!/bin/sh\n[ "$1" = --version ] && echo Python 3.10.12 || exit 1\n')
    done = setup(checkout, PYTHON=str(old))
    assert done.returncode == 1
    assert "found: Python 3.10.12" in done.stderr
    assert "apt-get install python3.11 python3.11-venv" in done.stderr
    assert not (checkout / ".venv").exists()


def test_an_extra_that_cannot_be_built_is_left_out_of_a_station_and_said(checkout: Path) -> None:
    python = script(checkout / "python", PYTHON_WITHOUT_COMPILER)
    done = setup(checkout, "station", PYTHON=str(python))
    assert done.returncode == 0, done.stderr
    assert "the extra 'hid' could not be installed" in done.stderr
    assert (checkout / ".venv/setup.stamp").read_text().splitlines()[1] == "panel"


def test_an_extra_that_cannot_be_built_stops_the_tests(checkout: Path) -> None:
    python = script(checkout / "python", PYTHON_WITHOUT_COMPILER)
    done = setup(checkout, "test", PYTHON=str(python))
    assert done.returncode == 1
    assert "pip failed" in done.stderr
    assert not (checkout / ".venv/setup.stamp").exists()


@pytest.fixture
def bare_system(tmp_path: Path) -> str:
    """The PATH of a system that has nothing of ours, nor apt-get."""
    (tmp_path / "bin").mkdir()
    for name in ("bash", "env", "dirname", "flock", "cat", "sha256sum", "cut", "sort", "paste"):
        found = shutil.which(name)
        assert found is not None
        (tmp_path / "bin" / name).symlink_to(found)
    return str(tmp_path / "bin")


def test_a_system_without_apt_is_told_what_to_install(checkout: Path, bare_system: str) -> None:
    python = script(checkout / "python", PYTHON_WITHOUT_COMPILER)
    done = setup(checkout, PATH=bare_system, PYTHON=str(python))
    assert done.returncode == 1
    assert "by Debian's package names: mosquitto-clients" in done.stderr


@pytest.mark.parametrize("profile", ["contact", "desk", "station"])
def test_only_the_demonstration_and_the_tests_bring_a_broker(checkout: Path, bare_system: str, profile: str) -> None:
    text = (checkout / "scripts/setup").read_text()
    for there in ("PATH=$PATH:/usr/sbin:/sbin", "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"):
        assert there in text
        text = text.replace(there, "PATH=$PATH" if "PATH" in there else str(checkout / "no-font"))
    (checkout / "scripts/setup").write_text(text)
    python = script(checkout / "python", PYTHON_WITHOUT_COMPILER)
    done = setup(checkout, profile, PATH=bare_system, PYTHON=str(python))
    assert "mosquitto" not in done.stderr
    assert ("fonts-noto-cjk" in done.stderr) == (profile != "contact")


def test_what_pip_warns_of_is_shown_only_where_it_fails(checkout: Path) -> None:
    warning = '*"pip install"*) echo "WARNING: an index is gone" >&2; exit'
    good = PYTHON_WITHOUT_COMPILER.replace("esac", f"  {warning} 0 ;;\nesac")
    done = setup(checkout, "run", PYTHON=str(script(checkout / "python", good)))
    assert (done.returncode, "an index is gone" in done.stderr) == (0, False)
    script(checkout / ".venv/bin/python", good.replace(f"{warning} 0", f"{warning} 1"))
    (checkout / ".venv/setup.stamp").unlink()
    done = setup(checkout, "run")
    assert (done.returncode, "an index is gone" in done.stderr) == (1, True)


def test_an_unknown_profile_is_refused_with_those_there_are(checkout: Path) -> None:
    done = setup(checkout, "everything")
    assert done.returncode == 1
    assert "one of: contact, desk, station, run, test" in done.stderr
