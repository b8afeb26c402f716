"""`python -m pellucid`: the command line."""

from pellucid.cli.entry import main

main()
