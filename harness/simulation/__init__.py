"""Eleven home servers that do not exist, reporting as real ones do.

`table` says what each server is; `figures` and `heartbeat` are pure functions of a
server and a moment, so the past can be told as well as the present. `sender` talks to
the hub; `enrol` and `past` prepare it.
"""
