"""The checks of key-value data: one module per kind.

A check of one value takes the value and answers None, or the `ValueFault` it found; it knows neither places nor
severities, which belong to `judgement`. `compiled_model` builds the checks of a model once; `key_value` runs them.
"""
