"""Each printer fault at each moment of a label, on each connector: what is reported, on paper, and said to the packer.

``table`` is what has to be; ``run`` is one fault played with a real edge, the emulated printer, and the bench's
decisions; ``document`` writes docs/printer-faults.md from the table.
"""
