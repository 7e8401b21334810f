"""What each printer model can do: a record for each, as data, with the source of every fact.

``record`` is the type; ``models`` reads the files in ``records/``, one for each model. A fact that nobody has looked up
is left out there and reads as None: unknown, not no. Labels, devices and the emulator go by it; it knows none of them.
"""
