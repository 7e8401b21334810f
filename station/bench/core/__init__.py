"""The station's decisions.

Pure: no thread, clock, file or library. Only the standard library's data types and the protocol's.
"""
