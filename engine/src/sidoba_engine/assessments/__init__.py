"""Assessments of a person's autonomy: what the answers of a grid are worth."""
