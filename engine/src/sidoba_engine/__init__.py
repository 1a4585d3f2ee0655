"""sidoba_engine: reads, judges and explains medico-social data.

Pure Python: no framework, no network, no clock, no chance. What the platform knows and a file does not arrives as
`Facts`; the rules arrive as a `Catalogue`. The same call serves the command line, the sandbox and production.
"""

__version__ = "0.1.0"
