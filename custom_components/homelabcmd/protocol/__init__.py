"""The wire protocol, version 1: the only code that hub and agent share.

Standard library only and Python 3.11 syntax, because the same files run on the
servers. Nothing here reads a clock, does I/O or knows Home Assistant.
"""
