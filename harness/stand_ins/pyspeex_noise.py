"""Stands in for a package of Home Assistant's voice assistant; see pymicro_vad."""

from types import SimpleNamespace


class AudioProcessor:
    """Would clean up sound."""

    def __init__(self, _gain: float, _noise: float) -> None:
        """Take the settings."""

    def Process10ms(self, audio: bytes) -> SimpleNamespace:  # noqa: N802 - its real name
        """Leave the sound as it is."""
        return SimpleNamespace(audio=audio)
