"""The house that docs/architecture.md draws, held: who may know whom, and that nothing stands in it unused."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted((ROOT / "station").rglob("*.py"))
}
MAX_LINES = 450

# What each part may import of station. The first match counts, so an exception stands before its rule.
CONCRETE = (
    "station.devices",
    "station.bench.app",
    "station.bench.out_of_order",
    "station.commission",
    "station.scannerlearn",
    "station.doctor",
)
"""Who may name a concrete device."""

_DATABASES = "station.upkeep.databases"

LAYERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("station.printers", ("station.printers",)),
    ("station.protocol", ("station.protocol",)),
    ("station.bench.core", ("station.bench.core", "station.protocol")),
    ("station.desk.core", ("station.desk.core", "station.protocol")),
    ("station.label.configured", ("station.label", "station.config", "station.printers")),
    ("station.label.sheet", ("station.label", "station.bench.core.cards")),
    ("station.cards.reader", ("station.cards", "station.bench.core", "station.config")),
    ("station.cards", ("station.cards", "station.bench.core", "station.label")),
    (
        "station.label.command",
        (
            "station.label",
            "station.config",
            "station.protocol",
            "station.contact.orders_file",
            "station.contact.text_file",
            "station.clock",
        ),
    ),
    ("station.label.layout_file", ("station.label", "station.config.reading")),
    ("station.label", ("station.label", "station.protocol", "station.printers")),
    ("station.config.check", ("station.config", "station.label.configured")),
    ("station.config", ("station.config", "station.protocol", "station.printers", "station.label.carriers")),
    ("station.telemetry", ("station.telemetry",)),
    ("station.feed", ("station.feed", "station.config", "station.telemetry")),
    (
        "station.devices.printer",
        ("station.devices.printer", "station.bench.core", "station.config", "station.printers", "station.telemetry"),
    ),
    ("station.devices", ("station.devices", "station.bench.core", "station.config", "station.telemetry")),
    (
        "station.scannerlearn",
        ("station.scannerlearn", "station.devices", "station.config", "station.label"),
    ),
    ("station.emulator", ("station.emulator", "station.printers")),
    ("station.screen", ("station.screen", "station.bench.core", "station.publication")),
    ("station.publication", ()),
    ("station.sqlite", ()),
    ("station.database", ("station.database", "station.sqlite", "station.telemetry")),
    ("station.clock", ()),
    ("station.age", ("station.clock",)),
    ("station.inbox", ()),
    ("station.bench.app", ("station",)),
    (
        "station.bench.out_of_order",
        (
            "station.bench.core",
            "station.config",
            "station.devices",
            "station.publication",
            "station.telemetry",
            "station.upkeep.notify",
        ),
    ),
    ("station.bench.labels", ("station.bench.core", "station.label", "station.protocol")),
    (
        "station.bench",
        (
            "station.bench",
            "station.protocol",
            "station.feed",
            "station.inbox",
            "station.clock",
            "station.age",
            "station.database",
            "station.sqlite",
            "station.telemetry",
        ),
    ),
    ("station.desk.app", ("station",)),
    (
        "station.desk",
        (
            "station.desk",
            "station.protocol",
            "station.feed",
            "station.inbox",
            "station.clock",
            "station.age",
            "station.database",
            "station.sqlite",
            "station.telemetry",
        ),
    ),
    ("station.contact", ("station.contact", "station.protocol", "station.feed", "station.config", "station.clock")),
    (
        "station.brokercheck",
        ("station.brokercheck", "station.protocol", "station.feed", "station.config", "station.clock"),
    ),
    ("station.upkeep.databases", ("station.config",)),
    (
        "station.upkeep.history",
        ("station.bench.journal", "station.desk", "station.config", "station.sqlite", _DATABASES),
    ),
    ("station.upkeep.backup", ("station.config", "station.database", _DATABASES)),
    (
        "station.upkeep.restore",
        ("station.clock", "station.config", "station.database", "station.desk", "station.sqlite"),
    ),
    ("station.upkeep.replay", ("station.bench.replay", "station.clock", "station.sqlite")),
    ("station.upkeep.room", ("station.upkeep", "station.telemetry")),
    ("station.upkeep.memory", ("station.telemetry",)),
    ("station.upkeep.now", ("station.protocol", "station.publication", "station.clock")),
    ("station.upkeep.status", ("station.upkeep", "station.config", "station.protocol", "station.publication")),
    ("station.upkeep", ("station.upkeep",)),
    ("station.commission", ("station.commission", "station.devices", "station.config", "station.printers")),
    ("station.doctor.boot_files", ()),
    (
        "station.doctor",
        (
            "station.doctor",
            "station.config",
            "station.devices",
            "station.printers",
            "station.commission.printer",
            "station.brokercheck",
            "station.feed",
            "station.protocol",
            "station.publication",
            "station.upkeep.now",
            "station.clock",
            "station.sqlite",
        ),
    ),
    ("station.demo", ("station",)),
    ("station.cli", ("station",)),
    ("station.__main__", ("station.cli",)),
    ("station", ()),
)

DEVICES = ("scanner_hid", "scanner_serial", "panel", "printer")
"""Edges of their own: none knows another."""

PROGRAMS = (
    "station.__main__",
    "station.emulator.__main__",
    "station.protocol.asyncapi",  # scripts/make-asyncapi
)

IMPURE = {
    "asyncio", "datetime", "http", "io", "logging", "multiprocessing", "os", "pathlib", "queue", "random", "secrets",
    "select", "selectors", "shutil", "signal", "socket", "sqlite3", "ssl", "subprocess", "sys", "tempfile",
    "threading", "time", "urllib", "uuid",
}  # fmt: skip


def imported(module: str) -> Iterator[str]:
    """Every module that a module names, in an import or as the text that one is made from, as a full name."""
    for node in ast.walk(ast.parse(MODULES[module].read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in MODULES else node.module
        elif isinstance(node, ast.Constant) and node.value in MODULES and "." in str(node.value):
            yield str(node.value)


def is_within(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


@pytest.mark.parametrize("module", MODULES)
def test_dependencies_point_inward(module: str) -> None:
    allowed = next(packages for layer, packages in LAYERS if is_within(module, layer))
    strangers = {
        name
        for name in imported(module)
        if is_within(name, "station") and not any(is_within(name, package) for package in allowed)
    }

    assert not strangers, f"{module} may not know {sorted(strangers)}"


@pytest.mark.parametrize("core", [name for name in MODULES if ".core" in name])
def test_a_core_knows_no_thread_clock_file_or_library(core: str) -> None:
    roots = {name.split(".")[0] for name in imported(core)} - {"station"}

    assert not roots - sys.stdlib_module_names, f"{core} uses a library"
    assert not roots & IMPURE, f"{core} is not pure"


@pytest.mark.parametrize("edge", DEVICES)
def test_devices_do_not_know_each_other(edge: str) -> None:
    others = [f"station.devices.{other}" for other in DEVICES if other != edge]
    own = [name for name in MODULES if is_within(name, f"station.devices.{edge}")]

    known = {name for module in own for name in imported(module) if any(is_within(name, other) for other in others)}

    assert own
    assert not known


def test_only_a_composition_names_concrete_devices() -> None:
    outside = {
        module
        for module in MODULES
        if not any(is_within(module, own) for own in CONCRETE)
        and any(is_within(name, "station.devices") for name in imported(module))
    }

    assert not outside


def test_every_module_is_reached_from_a_program() -> None:
    reached: set[str] = set()
    waiting = list(PROGRAMS)
    while waiting:
        module = waiting.pop()
        if module in reached or module not in MODULES:
            continue
        reached.add(module)
        packages = [".".join(module.split(".")[:depth]) for depth in range(1, module.count(".") + 1)]
        waiting.extend([*imported(module), *packages])

    assert not set(MODULES) - reached, "nothing uses these"


@pytest.mark.parametrize("module", MODULES)
def test_a_file_has_one_subject_and_says_it_first(module: str) -> None:
    text = MODULES[module].read_text("utf-8")

    assert ast.get_docstring(ast.parse(text)), "a file begins with what it is about"
    assert text.count("\n") <= MAX_LINES
