"""The station: what happens at one packing bench."""
