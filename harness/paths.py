"""Where things are in the checkout."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
INTEGRATION = ROOT / "custom_components/homelabcmd"
AGENT = ROOT / "agent"
