import itertools
import queue
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from gpiozero.pins.mock import MockFactory, MockPin

from station.bench.core.devices import (
    Button,
    ButtonPressed,
    DeviceEvent,
    Indication,
    KeyTurned,
    Light,
    Sound,
)
from station.config.panel import Panel
from station.devices.extras import MissingExtra
from station.devices.panel import (
    BLINK_HALF_S,
    PATTERNS_MS,
    SETTLE_S,
    GpioPanel,
    PanelUnavailable,
    lit,
    sounding,
)

WHOLE = Panel(red=17, amber=27, green=22, buzzer=18, cancel_button=23, supervisor_key=24)
Inbox = queue.SimpleQueue[DeviceEvent]


@pytest.fixture
def pins() -> Iterator[MockFactory]:
    factory = MockFactory()
    yield factory
    factory.close()


@pytest.fixture
def inbox() -> Inbox:
    return queue.SimpleQueue()


@pytest.fixture
def started(pins: MockFactory, inbox: Inbox) -> Iterator[Callable[[Panel], GpioPanel]]:
    panels: list[GpioPanel] = []

    def start(config: Panel) -> GpioPanel:
        panels.append(GpioPanel(config, inbox.put, pin_factory=pins))
        panels[-1].start()
        return panels[-1]

    yield start
    for panel in panels:
        panel.close()


def soon(holds: Callable[[], bool], within_s: float = 2.0) -> bool:
    """Mock pins tell nobody that they changed."""
    deadline = time.monotonic() + within_s
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.001)
    return holds()


def heard(pin: Any) -> list[float]:
    """The durations in milliseconds for which the buzzer was on, off, on, ... once it has been silent again."""
    assert soon(lambda: len(pin.states) > 1)
    assert soon(lambda: not pin.state and time.monotonic() - pin._last_change > 0.2)
    return [state.timestamp * 1000 for state in pin.states[2:]]


def test_every_sound_has_a_pattern_of_its_own_and_is_short() -> None:
    assert set(PATTERNS_MS) == set(Sound)
    for pattern in PATTERNS_MS.values():
        assert len(pattern) % 2 == 1, "it ends with the buzzer on, or the last pause is for nothing"
        assert min(pattern) >= 40, "shorter is not heard"
        assert sum(pattern) < 1200
    for one, other in itertools.combinations(PATTERNS_MS.values(), 2):
        assert len(one) != len(other) or max(map(lambda a, b: max(a / b, b / a), one, other)) > 1.5


def test_stop_is_the_most_insistent_sound() -> None:
    def on_ms(sound: Sound) -> int:
        return sum(PATTERNS_MS[sound][::2])

    for other in set(Sound) - {Sound.STOP}:
        assert on_ms(Sound.STOP) > on_ms(other)
        assert sum(PATTERNS_MS[Sound.STOP]) > sum(PATTERNS_MS[other])
        assert len(PATTERNS_MS[Sound.STOP]) > len(PATTERNS_MS[other])


@pytest.mark.parametrize("sound", Sound)
def test_a_sound_walks_through_its_pattern_and_is_over(sound: Sound) -> None:
    elapsed_s, steps = 0.0, []
    while True:
        on, left_s = sounding(sound, elapsed_s)
        if left_s is None:
            break
        steps.append((on, round(left_s * 1000)))
        elapsed_s += left_s + 1e-6
    assert not on
    assert [on for on, _ in steps] == [place % 2 == 0 for place in range(len(steps))]
    assert [left_ms for _, left_ms in steps] == pytest.approx(PATTERNS_MS[sound], abs=1)


def test_a_blinking_lamp_begins_lit() -> None:
    assert lit(Light.BLINK, 0.0) == (True, BLINK_HALF_S)
    assert lit(Light.BLINK, BLINK_HALF_S) == (False, BLINK_HALF_S)
    assert lit(Light.ON, 99.0) == (True, None)
    assert lit(Light.OFF, 99.0) == (False, None)


def test_lamps_show_what_is_indicated_and_go_dark_at_the_end(
    pins: MockFactory, started: Callable[[Panel], GpioPanel]
) -> None:
    panel = started(WHOLE)
    red, amber, green = (pins.pin(number) for number in (17, 27, 22))
    panel.indicate(Indication(red=Light.ON, green=Light.ON))
    assert soon(lambda: (red.state, amber.state, green.state) == (True, False, True))
    panel.indicate(Indication(amber=Light.BLINK))
    assert soon(lambda: (red.state, amber.state, green.state) == (False, True, False))
    assert soon(lambda: not amber.state)
    assert soon(lambda: amber.state)
    panel.close()
    assert not panel.alive
    assert red.states[-1].state is amber.states[-1].state is green.states[-1].state is False


def test_a_lamp_that_blinks_keeps_its_rhythm_when_the_same_is_indicated_again(
    pins: MockFactory, started: Callable[[Panel], GpioPanel]
) -> None:
    panel = started(Panel(red=17))
    red = pins.pin(17)
    deadline = time.monotonic() + 3.5 * BLINK_HALF_S
    while time.monotonic() < deadline:
        panel.indicate(Indication(red=Light.BLINK))
        time.sleep(0.01)
    assert [state.state for state in red.states] == [False, True, False, True, False]


@pytest.mark.parametrize("sound", [Sound.ACCEPTED, Sound.REPEATED])
def test_the_buzzer_plays_the_pattern(pins: MockFactory, started: Callable[[Panel], GpioPanel], sound: Sound) -> None:
    panel = started(WHOLE)
    panel.sound(sound)
    assert heard(pins.pin(18)) == pytest.approx(PATTERNS_MS[sound], abs=40)


def test_two_sounds_in_a_row_are_heard_as_two(pins: MockFactory, started: Callable[[Panel], GpioPanel]) -> None:
    panel = started(WHOLE)
    buzzer = pins.pin(18)
    panel.sound(Sound.COMPLETE)
    assert soon(lambda: buzzer.state)
    panel.sound(Sound.COMPLETE)
    cut, pause, whole = heard(buzzer)
    assert cut < 300
    assert 20 < pause < 80
    assert whole == pytest.approx(450, abs=40)


def test_nothing_cuts_a_stop_short(pins: MockFactory, started: Callable[[Panel], GpioPanel]) -> None:
    panel = started(WHOLE)
    buzzer = pins.pin(18)
    panel.sound(Sound.STOP)
    assert soon(lambda: len(buzzer.states) > 4)
    panel.sound(Sound.ACCEPTED)
    panel.sound(Sound.STOP)
    assert heard(buzzer) == pytest.approx(PATTERNS_MS[Sound.STOP], abs=40)


def test_asking_for_light_and_sound_takes_no_time(started: Callable[[Panel], GpioPanel]) -> None:
    panel = started(WHOLE)
    begun = time.monotonic()
    for _ in range(200):
        panel.sound(Sound.STOP)
        panel.indicate(Indication(red=Light.BLINK))
        panel.indicate(Indication(green=Light.ON))
    assert time.monotonic() - begun < 0.5


def test_a_bouncing_button_is_pressed_once_and_its_release_is_nothing(
    pins: MockFactory, inbox: Inbox, started: Callable[[Panel], GpioPanel]
) -> None:
    started(Panel(cancel_button=23))
    button = pins.pin(23)
    for _ in range(2):
        bounce(button)
        button.drive_low()
        assert inbox.get(timeout=2) == ButtonPressed(Button.CANCEL)
        bounce(button)
        button.drive_high()
        assert is_quiet(inbox)


def bounce(contact: Any) -> None:
    for _ in range(3):
        contact.drive_low()
        time.sleep(SETTLE_S / 10)
        contact.drive_high()
        time.sleep(SETTLE_S / 10)


def is_quiet(inbox: Inbox) -> bool:
    try:
        inbox.get(timeout=4 * SETTLE_S)
    except queue.Empty:
        return True
    return False


def test_a_spike_on_a_line_is_no_press_and_no_turn(
    pins: MockFactory, inbox: Inbox, started: Callable[[Panel], GpioPanel]
) -> None:
    started(Panel(cancel_button=23, supervisor_key=24))
    assert inbox.get(timeout=2) == KeyTurned(on=False)
    for line in (pins.pin(23), pins.pin(24)):
        line.drive_low()
        line.drive_high()
    assert is_quiet(inbox)


class HeldDown(MockPin):  # type: ignore[misc]
    """A line that a closed contact keeps low, whatever the pull-up."""

    def _set_pull(self, value: str) -> None:
        super()._set_pull(value)
        self.drive_low()


def test_a_button_held_down_at_the_start_was_not_pressed_and_a_key_turned_on_is(
    pins: MockFactory, inbox: Inbox, started: Callable[[Panel], GpioPanel]
) -> None:
    for number in (23, 24):
        pins.pin(number, pin_class=HeldDown)
    started(Panel(cancel_button=23, supervisor_key=24))
    assert inbox.get(timeout=2) == KeyTurned(on=True)
    pins.pin(23).drive_high()
    pins.pin(23).drive_low()
    assert is_quiet(inbox)
    pins.pin(23).drive_high()
    assert is_quiet(inbox)
    pins.pin(23).drive_low()
    assert inbox.get(timeout=2) == ButtonPressed(Button.CANCEL)


@pytest.mark.parametrize("active_high", [False, True])
def test_the_key_s_position_is_reported_at_the_start_and_at_every_turn(
    pins: MockFactory, inbox: Inbox, started: Callable[[Panel], GpioPanel], active_high: bool
) -> None:
    started(Panel(supervisor_key=24, inputs_active_high=active_high))
    key = pins.pin(24)
    turn_on, turn_off = (key.drive_high, key.drive_low) if active_high else (key.drive_low, key.drive_high)
    assert inbox.get(timeout=2) == KeyTurned(on=False)
    turn_on()
    assert inbox.get(timeout=2) == KeyTurned(on=True)
    turn_off()
    assert inbox.get(timeout=2) == KeyTurned(on=False)


def test_outputs_that_are_active_low_are_high_when_off(
    pins: MockFactory, started: Callable[[Panel], GpioPanel]
) -> None:
    panel = started(Panel(red=17, buzzer=18, outputs_active_low=True))
    assert pins.pin(17).state
    assert pins.pin(18).state
    panel.indicate(Indication(red=Light.ON))
    assert soon(lambda: not pins.pin(17).state)


def test_a_panel_without_parts_takes_everything_and_closes_twice(
    inbox: Inbox, started: Callable[[Panel], GpioPanel]
) -> None:
    panel = started(Panel())
    panel.indicate(Indication(red=Light.BLINK))
    panel.sound(Sound.STOP)
    assert panel.alive
    panel.close()
    panel.close()
    assert inbox.empty()


def test_a_line_in_use_is_said_and_the_others_are_given_back(pins: MockFactory, inbox: Inbox) -> None:
    other = GpioPanel(Panel(buzzer=18), inbox.put, pin_factory=pins)
    with pytest.raises(PanelUnavailable, match=r"GPIO18.*correct \[panel\]"):
        GpioPanel(WHOLE, inbox.put, pin_factory=pins)
    other.close()
    GpioPanel(WHOLE, inbox.put, pin_factory=pins).close()


def test_a_machine_without_gpio_is_said_with_the_remedy(inbox: Inbox) -> None:
    with pytest.raises(PanelUnavailable, match=r"/dev/gpiochip15: .*group gpio"):
        GpioPanel(Panel(red=17, chip=15), inbox.put)


def test_taking_the_lines_leaves_nothing_in_the_working_directory_and_stays_there(tmp_path: Path) -> None:
    program = (
        "import os; from station.config.panel import Panel; from station.devices.panel import GpioPanel\n"
        "try: GpioPanel(Panel(chip=15), print)\n"
        "except OSError: print(os.getcwd())"
    )
    path = {"PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=path, capture_output=True, check=True)
    assert done.stdout.decode().strip() == str(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_library_is_said_with_the_extra_that_brings_it(monkeypatch: pytest.MonkeyPatch, inbox: Inbox) -> None:
    monkeypatch.setitem(sys.modules, "gpiozero", None)
    with pytest.raises(MissingExtra, match=r"the panel needs .*packing-station\[panel\]"):
        GpioPanel(WHOLE, inbox.put)


def test_two_parts_on_one_line_are_refused_by_name() -> None:
    with pytest.raises(msgspec.ValidationError, match="GPIO 17 is set for red and buzzer"):
        msgspec.convert({"red": 17, "buzzer": 17}, Panel)
