# Newer versions of Home Assistant put probatio in voluptuous' place when they start.
# The integration keeps to the old name for the older versions that it supports.
from probatio import *  # noqa: F403
