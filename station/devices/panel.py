"""The panel: three lamps, a buzzer, a cancel button, a supervisor's key switch, on GPIO lines through gpiozero.

One thread drives the outputs and settles the inputs, so that the thread which decides never waits for any of
them. What lamps and buzzer do at a time is pure (`lit`, `sounding`).
"""

import contextlib
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from station.bench.core.devices import (
    Button,
    ButtonPressed,
    DeviceEvent,
    Indication,
    KeyTurned,
    Lamp,
    Light,
    Sound,
)
from station.config.panel import Panel
from station.devices.extras import load_extra

PATTERNS_MS: Mapping[Sound, tuple[int, ...]] = {
    Sound.ACCEPTED: (60,),
    Sound.REPEATED: (60, 60, 60),
    Sound.COMPLETE: (450,),
    Sound.WRONG: (250, 100, 250),
    Sound.ATTENTION: (90, 150, 90, 150, 90, 150, 90),
    Sound.STOP: (140, 40, 140, 40, 140, 40, 140, 40, 140, 40, 140),
}
"""What the buzzer does: milliseconds on, off, on, ... Told apart by ear, so by rhythm and length, not by pitch."""

BLINK_HALF_S = 0.25
PAUSE_S = 0.03  # before a sound that cuts another one off, so that two short ones do not run into one long one
SETTLE_S = 0.03  # a contact bounces for some 10 ms; a person holds a button for 80 ms and more
JOIN_S = 2.0


class PanelUnavailable(OSError):
    """The GPIO lines cannot be had. The message says which, why, and the remedy."""


def sounding(sound: Sound, elapsed_s: float) -> tuple[bool, float | None]:
    """Whether the buzzer is on, and the seconds until that changes: None once the sound is over."""
    until_s = 0.0
    if elapsed_s < until_s:
        return False, -elapsed_s
    for place, duration_ms in enumerate(PATTERNS_MS[sound]):
        until_s += duration_ms / 1000
        if elapsed_s < until_s:
            return place % 2 == 0, until_s - elapsed_s
    return False, None


def lit(light: Light, elapsed_s: float) -> tuple[bool, float | None]:
    """Whether a lamp is on, and the seconds until that changes by itself: None when it does not."""
    if light is not Light.BLINK:
        return light is Light.ON, None
    halves, into_half_s = divmod(elapsed_s, BLINK_HALF_S)
    return halves % 2 == 0, BLINK_HALF_S - into_half_s


@dataclass(slots=True)
class _Contact:
    """A button or switch: what gpiozero reads, what was reported of it last, and when it will have settled."""

    device: Any
    event: Callable[[bool], DeviceEvent | None]
    closed: bool | None
    settles_s: float | None = None


class GpioPanel:
    """The panel that the configuration describes; parts without a line are left out."""

    def __init__(self, config: Panel, post: Callable[[DeviceEvent], None], *, pin_factory: Any | None = None) -> None:
        """Takes the lines, with all lamps off. ``pin_factory`` defaults to lgpio on the configured chip.

        Raises MissingExtra where gpiozero or lgpio is not installed, PanelUnavailable where the lines
        cannot be had.
        """
        gpiozero = load_extra("gpiozero", extra="panel", device="the panel")
        self._post = post
        self._lamps: dict[Lamp, Any] = {}
        self._buzzer: Any | None = None
        self._contacts: list[_Contact] = []
        self._own_factory = None if pin_factory else _lgpio_factory(config.chip)
        try:
            self._take_lines(gpiozero, config, pin_factory or self._own_factory)
        except gpiozero.GPIOZeroError as error:
            self._give_lines_back()
            raise PanelUnavailable(f"the panel's GPIO lines: {error}: correct [panel]") from error
        self._indication = Indication()
        self._indicated_s = 0.0
        self._sound: Sound | None = None
        self._sound_starts_s = 0.0
        self._closing = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="panel", daemon=True)

    @property
    def alive(self) -> bool:
        """Whether the thread runs; a dead one ends the daemon."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin to drive and to report; the key's position is reported at once."""
        self._thread.start()

    def indicate(self, indication: Indication) -> None:
        """Set the lamps. They keep their phase when nothing changes."""
        with self._changed:
            if indication != self._indication:
                self._indication = indication
                self._indicated_s = time.monotonic()
                self._changed.notify()

    def sound(self, sound: Sound) -> None:
        """Play a sound now, in place of one that still plays; but nothing cuts STOP short."""
        with self._changed:
            now_s = time.monotonic()
            on = False
            if self._sound is not None:
                on, left_s = sounding(self._sound, now_s - self._sound_starts_s)
                if self._sound is Sound.STOP and left_s is not None:
                    return
            self._sound = sound
            self._sound_starts_s = now_s + PAUSE_S if on else now_s
            self._changed.notify()

    def close(self) -> None:
        """All off, and the lines given back. Calling it again does nothing."""
        with self._changed:
            if self._closing:
                return
            self._closing = True
            self._changed.notify()
        if self._thread.ident is not None:
            self._thread.join(JOIN_S)
        self._give_lines_back()

    def _take_lines(self, gpiozero: Any, config: Panel, factory: Any) -> None:
        for lamp in Lamp:
            if (pin := getattr(config, lamp.value)) is not None:
                self._lamps[lamp] = gpiozero.LED(pin, active_high=not config.outputs_active_low, pin_factory=factory)
        if config.buzzer is not None:
            self._buzzer = gpiozero.Buzzer(
                config.buzzer, active_high=not config.outputs_active_low, pin_factory=factory
            )
        for pin, event, is_switch in (
            (config.cancel_button, _pressed, False),
            (config.supervisor_key, KeyTurned, True),
        ):
            if pin is not None:
                device = gpiozero.DigitalInputDevice(pin, pull_up=not config.inputs_active_high, pin_factory=factory)
                self._contacts.append(self._contact(device, event, is_switch=is_switch))

    def _contact(self, device: Any, event: Callable[[bool], DeviceEvent | None], *, is_switch: bool) -> _Contact:
        """A switch's position is news at the start; a button that is held down then was not pressed for us."""
        contact = _Contact(
            device, event, closed=None if is_switch else device.is_active, settles_s=0.0 if is_switch else None
        )
        device.when_activated = device.when_deactivated = lambda: self._touched(contact)
        return contact

    def _touched(self, contact: _Contact) -> None:
        """Called on gpiozero's thread at every edge, those of a bouncing contact too."""
        with self._changed:
            contact.settles_s = time.monotonic() + SETTLE_S
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                if self._closing:
                    return
                events, wait_s = self._step(time.monotonic())
                if not events:
                    self._changed.wait(wait_s)
            for event in events:
                self._post(event)

    def _step(self, now_s: float) -> tuple[list[DeviceEvent], float | None]:
        """Set every output for this moment; what the inputs have to report, and when to look again."""
        waits: list[float | None] = []
        for lamp, device in self._lamps.items():
            light: Light = getattr(self._indication, lamp.value)
            waits.append(_drive(device, lit(light, now_s - self._indicated_s)))
        if self._buzzer and self._sound:
            waits.append(_drive(self._buzzer, sounding(self._sound, now_s - self._sound_starts_s)))
        events: list[DeviceEvent] = []
        for contact in self._contacts:
            if contact.settles_s is None:
                continue
            if contact.settles_s > now_s:
                waits.append(contact.settles_s - now_s)
            elif event := _settled(contact):
                events.append(event)
        return events, min((wait for wait in waits if wait is not None), default=None)

    def _give_lines_back(self) -> None:
        for output in (*self._lamps.values(), self._buzzer):
            if output:
                output.off()
                output.close()
        for contact in self._contacts:
            contact.device.close()
        if self._own_factory:
            self._own_factory.close()


def _drive(device: Any, state: tuple[bool, float | None]) -> float | None:
    on, wait_s = state
    if on != bool(device.is_active):
        device.value = on
    return wait_s


def _settled(contact: _Contact) -> DeviceEvent | None:
    """The contact's level counts, not its edges: a spike that is over has not happened."""
    contact.settles_s = None
    closed = bool(contact.device.is_active)
    if closed == contact.closed:
        return None
    contact.closed = closed
    return contact.event(closed)


def _pressed(closed: bool) -> DeviceEvent | None:
    return ButtonPressed(Button.CANCEL) if closed else None


def _lgpio_factory(chip: int | None) -> Any:
    # lgpio leaves a FIFO in the working directory, and cannot be imported where it may not write. The FIFO is
    # opened during the import, and not looked for by its name again.
    with tempfile.TemporaryDirectory(prefix="packing-station-lgpio-") as directory, contextlib.chdir(directory):
        pins = load_extra("gpiozero.pins.lgpio", extra="panel", device="the panel")
    try:
        return pins.LGPIOFactory(chip=chip)
    except Exception as error:  # lgpio.error is an Exception of its own, gpiozero's is another
        node = "/dev/gpiochip" + ("*" if chip is None else str(chip))
        raise PanelUnavailable(
            f"{node}: {error}: the station's user must be in the group gpio, and chip in [panel] be that of "
            f"the header (gpioinfo lists them); without a panel take [panel] out"
        ) from error
