"""sidoba_client: what a vendor's software needs to check, send and follow its data, on a command line or as a library.

`protocol` says what to ask and how to read the answers (no input or output), `transport` carries it over HTTP,
`outbox` keeps on disk what must not be lost, `delivery` joins the three. `cli` is the command `sidoba`.
"""

__version__ = "0.1.0"
