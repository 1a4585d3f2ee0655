"""The command `sidoba`: one module per command, French messages, exit codes of `exit_codes`."""
