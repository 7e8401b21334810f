"""scripts/audit says which package is vulnerable, and never takes "could not be looked up" for "nothing is known"."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
CLEAN = {"name": "pillow", "version": "13.0.0", "vulns": []}
VULNERABLE = {
    "name": "click",
    "version": "8.5.1",
    "vulns": [{"id": "PYSEC-2026-1", "fix_versions": ["8.5.2"], "description": "…"}],
}
SKIPPED = {"name": "six", "skip_reason": "Dependency not found on PyPI and could not be audited: six (1.17.0)"}


@pytest.mark.parametrize(
    ("found", "status", "said"),
    [
        ([CLEAN, CLEAN], 0, "2 packages, no vulnerability is known"),
        ([CLEAN, VULNERABLE, SKIPPED], 1, "click 8.5.1: PYSEC-2026-1; mended in 8.5.2"),
        ([CLEAN, SKIPPED], 3, "1 of 2 packages could NOT be looked up: six"),
        ([], 3, "0 of 0 packages could NOT be looked up"),
        (None, 3, "NOTHING could be looked up: no such host"),
    ],
)
def test_the_status_says_what_is_known(
    found: list[object] | None, status: int, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    says = "" if found is None else json.dumps({"dependencies": found, "fixes": []})
    auditor = tmp_path / "pip-audit"
    auditor.write_text(
        f"#!{sys.executable}\nimport sys\n"
        f"assert {str(REPOSITORY / 'constraints.txt')!r} in sys.argv\n"
        f"sys.stdout.write({says!r}); sys.stderr.write('Traceback …\\nno such host\\n'); sys.exit(1)\n"
    )
    auditor.chmod(0o755)
    monkeypatch.setenv("PIP_AUDIT", str(auditor))
    done = subprocess.run([REPOSITORY / "scripts/audit"], capture_output=True, text=True, check=False)
    assert done.returncode == status
    assert said in done.stdout + done.stderr
