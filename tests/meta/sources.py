"""The project's own source files, for tests that read them."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
INTEGRATION = ROOT / "custom_components/homelabcmd"
AGENT = ROOT / "agent"


def python_files(*folders: Path) -> list[str]:
    """Return the Python files below folders, relative to the checkout.

    Symbolic links are not followed: the agent's protocol is the integration's.
    """
    return sorted(
        str(path.relative_to(ROOT))
        for folder in folders
        for path in folder.rglob("*.py")
    )
