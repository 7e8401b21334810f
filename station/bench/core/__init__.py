"""The station's decisions. Pure: no thread, clock, file or library; only the standard library's data types and the protocol's."""
