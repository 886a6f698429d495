"""`python -m quatrain`."""

from quatrain.cli import script

script()
