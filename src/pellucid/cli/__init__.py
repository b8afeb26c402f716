"""The command line: parse, call the public API, print. One file per command."""
