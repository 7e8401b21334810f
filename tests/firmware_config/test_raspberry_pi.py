"""The boot settings against Raspberry Pi's documentation of config.txt, and against what must be safe."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

FRAGMENT = Path(__file__).parents[2] / "firmware_config/raspberry-pi/config.txt"
MODELS = ("pi3", "pi02", "pi4", "pi5")
KNOWN = {
    "dtparam": re.compile(r"watchdog=on|uart0=on"),
    "dtoverlay": re.compile(r"disable-bt|gpio-shutdown,gpio_pin=3"),
    "enable_uart": re.compile(r"[01]"),
    "gpio": re.compile(r"[0-9]+(,[0-9]+)*=(op,dl|ip,pu)"),
}
UART_PINS = {14, 15}
STARTS_PULLED_DOWN = set(range(9, 28))  # BCM2835 ARM Peripherals, table 6-31; the same on RP1


@dataclass(frozen=True)
class Setting:
    """One line, and the filter that it stands under."""

    model: str
    key: str
    value: str


def settings() -> list[Setting]:
    """The fragment, read as the firmware reads it."""
    found, model = [], "none yet"
    for line in FRAGMENT.read_text().splitlines():
        if heading := re.fullmatch(r"\[(.+)\]", line):
            model = heading[1]
        elif line and not line.startswith("#"):
            key, value = line.split("=", 1)
            found.append(Setting(model, key, value))
    return found


def for_model(model: str) -> list[Setting]:
    """What counts on that model."""
    return [setting for setting in settings() if setting.model in ("all", model)]


def pins(mode: str) -> list[int]:
    """The GPIO lines that are put in that mode."""
    values = [setting.value.split("=") for setting in settings() if setting.key == "gpio"]
    return [int(pin) for lines, attributes in values if attributes == mode for pin in lines.split(",")]


def test_every_line_is_one_that_the_firmware_knows() -> None:
    for setting in settings():
        assert setting.model in ("all", *MODELS), setting
        assert KNOWN[setting.key].fullmatch(setting.value), setting


def test_no_line_is_longer_than_the_firmware_reads() -> None:
    assert max(len(line) for line in FRAGMENT.read_text().splitlines()) <= 98


def test_what_an_installer_appends_counts_for_all_models() -> None:
    assert re.findall(r"^\[.+\]$", FRAGMENT.read_text(), re.MULTILINE)[-1] == "[all]"


def test_every_output_is_driven_low_and_was_pulled_low_before() -> None:
    lamps_and_buzzer = pins("op,dl")
    assert len(lamps_and_buzzer) == 4
    assert set(lamps_and_buzzer) <= STARTS_PULLED_DOWN


def test_no_pin_has_two_uses() -> None:
    used = [*pins("op,dl"), *pins("ip,pu"), *UART_PINS, 3]
    assert len(used) == len(set(used))


@pytest.mark.parametrize("model", MODELS)
def test_every_model_has_a_full_uart_on_the_header_and_the_watchdog(model: str) -> None:
    lines = {(setting.key, setting.value) for setting in for_model(model)}
    full_uart = ("dtparam", "uart0=on") if model == "pi5" else ("dtoverlay", "disable-bt")
    assert {full_uart, ("enable_uart", "1"), ("dtparam", "watchdog=on")} <= lines


def test_the_wiring_table_names_the_pins_of_the_fragment() -> None:
    table = FRAGMENT.with_name("README.md").read_text()
    wired = {int(pin) for pin in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)}
    assert wired == {*pins("op,dl"), *pins("ip,pu"), 3}
