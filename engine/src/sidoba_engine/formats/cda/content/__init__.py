"""The content model of CDA (R-CDA-007): its notation, compiled to automata, walked once."""
