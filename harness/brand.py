"""Draws the brand images of the integration; started by script/brand."""

import asyncio

from playwright.async_api import Browser, ViewportSize

from .browser import browser
from .paths import INTEGRATION

_FOLDER = INTEGRATION / "brand"
_ICON = 256
_LOGO = ViewportSize(width=1100, height=256)
# A colour that can be read on light and on dark.
_LOGO_STYLE = """
  body { margin: 0; display: flex; align-items: center; gap: 44px; color: #0c80c4;
         font: bold 128px "Liberation Sans", Arial, sans-serif; letter-spacing: -3px; }
  svg { flex: none; width: 256px; }
"""


async def _draw(
    running: Browser, file: str, html: str, size: ViewportSize, scale: int = 1
) -> None:
    page = await running.new_page(viewport=size, device_scale_factor=scale)
    await page.set_content(html)
    await page.screenshot(path=_FOLDER / file, omit_background=True)
    await page.close()


async def main() -> None:
    """Draw all images from the one drawing."""
    drawing = (_FOLDER / "icon.svg").read_text()
    icon = f"<style>body {{ margin: 0 }} svg {{ display: block }}</style>{drawing}"
    logo = f"<style>{_LOGO_STYLE}</style>{drawing}<span>HomelabCmd</span>"
    square = ViewportSize(width=_ICON, height=_ICON)
    async with browser() as running:
        await _draw(running, "icon.png", icon, square)
        await _draw(running, "icon@2x.png", icon, square, scale=2)
        await _draw(running, "logo.png", logo, _LOGO)


if __name__ == "__main__":
    asyncio.run(main())
