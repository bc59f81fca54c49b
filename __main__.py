"""`python -m concord` is the command `concord`."""

from .cli import main

main()
