"""A seeded world in virtual time: the real loops, cores, journals and store of desk and stations, and all else made up.

Made up are the clock, a network that loses, doubles, delays and swaps, printers that fail before, in and after the
first byte, power cuts at every boundary between disk and world, and people: packers, the contact center, a supervisor.
People err, but never about a label that they looked for. An oracle that sees the paper judges what everybody was told.

One seed is one world. It replays exactly: ``python -m tests.simulation --seed N --story``.
"""
