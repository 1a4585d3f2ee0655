"""Kinds of checks that the rules of the catalogue name: factories, from parameters to closures."""
