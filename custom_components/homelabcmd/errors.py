"""The one place that makes our errors: translated, and saying what to do."""

from homeassistant.exceptions import ServiceValidationError

from .const import DOMAIN


class HomelabError(ServiceValidationError):
    """Something can't be done as it was asked for; nothing was changed."""

    translation_key: str

    def __init__(
        self, key: str, *, field: str | None = None, **placeholders: str
    ) -> None:
        """Take the text's key; `field` is the input that is wrong, if it is one."""
        super().__init__(
            translation_domain=DOMAIN,
            translation_key=key,
            translation_placeholders=placeholders or None,
        )
        self.field = field
