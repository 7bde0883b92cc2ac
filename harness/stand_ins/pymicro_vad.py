"""Stands in for a package of Home Assistant's voice assistant.

Home Assistant loads its voice assistant always, and that imports two packages which
have to be compiled with a C++ compiler. Nobody talks to the demo or to a test, so
neither compiler nor package is asked for.
"""


class MicroVad:
    """Would detect speech."""

    def Process10ms(self, _audio: bytes) -> float:  # noqa: N802 - its real name
        """Hear nothing."""
        return 0.0
