"""The desk: the one place of a site where it is decided whether an order may be printed."""
