"""What stands on a shipping label (送り状), where, and as which bytes.

Pure but for Pillow's drawing: no thread, no clock, no device. The way of a label:
``content`` (which texts) → ``placing`` (where, by the table of ``layout``) → ``raster`` (dots) → ``escpos`` (bytes);
``press`` goes it from end to end.
"""
