"""What the hub hands out to servers: the agent in one file, and its installer."""

from dataclasses import dataclass
import hashlib
import io
from pathlib import Path
import re
import runpy
import zipfile

from homeassistant.core import HomeAssistant
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN

HANDOUT: HassKey[Handout | None] = HassKey(f"{DOMAIN}_handout")

# A release has both files in it; a checkout builds the first from its source.
_RELEASED = Path(__file__).parents[1] / "agent"
_CHECKOUT = Path(__file__).resolve().parents[3]
_DIGEST_MARK = "@BUNDLE_SHA256@"
_VERSION = re.compile(rb'^VERSION = "([^"]+)"', re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Handout:
    """The files; nothing in them is secret or differs between servers."""

    bundle: bytes
    """The agent, a Python program in a zip file."""
    installer: bytes
    """The script that the pasted line runs; it knows the digest of the bundle."""
    version: str | None = None
    """The version of the agent in the bundle."""

    @property
    def installer_sha256(self) -> str:
        """The digest that the pasted line knows."""
        return hashlib.sha256(self.installer).hexdigest()


async def async_load(hass: HomeAssistant) -> None:
    """Read the files, once for as long as Home Assistant runs."""
    hass.data[HANDOUT] = await hass.async_add_executor_job(load)


def load() -> Handout | None:
    """Return the files, or None in a copy that is neither release nor checkout."""
    script = _CHECKOUT / "script" / "build-agent"
    if _RELEASED.is_dir():
        bundle = (_RELEASED / "homelab-agent.pyz").read_bytes()
        installer = (_RELEASED / "install.sh").read_text()
    elif script.is_file():
        bundle = runpy.run_path(str(script))["bundle"]()
        installer = (_CHECKOUT / "agent" / "install.sh").read_text()
    else:
        return None
    digest = hashlib.sha256(bundle).hexdigest()
    return Handout(
        bundle=bundle,
        installer=installer.replace(_DIGEST_MARK, digest).encode(),
        version=_version(bundle),
    )


def _version(bundle: bytes) -> str | None:
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        found = _VERSION.search(archive.read("homelab_agent/version.py"))
    return found[1].decode() if found else None
