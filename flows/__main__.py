"""`python -m flows` is `newsmill`."""

from flows.cli import main

main()
