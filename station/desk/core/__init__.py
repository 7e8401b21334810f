"""The desk's decisions.

Pure: facts in, changes and messages out. No thread, clock, file or library; the protocol's messages are its words.
"""
