"""Libraries that only a station with the hardware has installed."""

import importlib
from types import ModuleType


class MissingExtra(ImportError):
    """The configuration names a device whose library is not installed."""


def load_extra(module: str, *, extra: str, device: str) -> ModuleType:
    """Import a library at the moment when its device is wanted.

    Raises MissingExtra with the command that installs it.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingExtra(
            f"{device} needs the library {module.partition('.')[0]}, which cannot be imported ({error}): "
            f"install it with pip install 'packing-station[{extra}]', or take the device out of the configuration"
        ) from error
