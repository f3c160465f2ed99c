"""Looks that travel: to and from the formats of other programs.

A look leaves as a 3D LUT (``cube``, ``haldclut``), as a preset of Lightroom (``xmp_preset``) or as
a network (``onnx``); any LUT comes in as a look (``import_lut``).
"""
