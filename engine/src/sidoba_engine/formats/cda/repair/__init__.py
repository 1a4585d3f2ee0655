"""Fixes of CDA documents: what may be written instead, and the bytes concerned alone rewritten."""
