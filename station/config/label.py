"""What a site sets about its labels: the section ``[label]`` of the station's and of the desk's configuration."""

from typing import Annotated, Literal

import msgspec

from station.label.carriers import CarrierStyle


class LabelConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The desk refuses what does not fit, so it has the same section as its stations."""

    font: Annotated[str, msgspec.Meta(min_length=1)] | None = None
    """A TrueType or OpenType file. Left out: that of the Debian package fonts-noto-cjk, else fonts-ipaexfont-gothic."""
    layout: Literal["80x100"] = "80x100"
    """The paper, in mm; its size in dots and all places follow from it."""
    carriers: dict[str, CarrierStyle] = {}
    """By the word in an instruction's ``carrier``: adds to the carriers that are built in, or replaces one."""
