"""Every threat that docs/security.md names has an answer, and every answer a test that is there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
_ROWS = [
    line.split("|")[1:-1]
    for line in (ROOT / "docs/security.md").read_text().splitlines()
    if line.startswith("|") and "---" not in line
][1:]
_TESTS = sorted({test for row in _ROWS for test in re.findall(r"`(tests/[^`]+)`", row[3])})


@cache
def _functions(path: Path) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("row", _ROWS, ids=lambda row: row[1].strip())
def test_every_threat_has_an_answer_with_a_test(row: list[str]) -> None:
    assert len(row) == 4
    assert row[2].strip()
    assert "`tests/" in row[3]


@pytest.mark.parametrize("test", _TESTS)
def test_the_test_that_is_named_is_there(test: str) -> None:
    path, _, name = test.partition("::")
    assert name in _functions(ROOT / path)


def test_the_threats_are_there() -> None:
    named = " ".join(row[0] for row in _ROWS).lower()
    for threat in ("stolen pi", "guest", "keyboard", "forged hold", "replayed hold", "forged slip", "curious packer"):
        assert threat in named
