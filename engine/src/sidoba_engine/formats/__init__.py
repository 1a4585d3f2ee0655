"""Formats: bytes → `Document`. One module or package per format; nothing here judges what the data mean."""
