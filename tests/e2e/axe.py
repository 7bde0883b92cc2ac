"""What axe-core has to say about our elements on a page."""

from functools import cache
from importlib.resources import files
from typing import Any

from playwright.async_api import Page

# Ours are the elements called so, and the dialogs that we draw; what is inside them of
# the frontend's own elements is not ours to judge.
_RUN = """async () => {
  const ours = [];
  const theirs = [];
  const walk = (root, inside) => {
    for (const each of root.querySelectorAll("*")) {
      const name = each.localName;
      const isOurs = name.startsWith("homelabcmd-") || name === "dialog" && each.open;
      const isInside = inside || Boolean(each.parentElement?.closest("dialog[open]"));
      if (isOurs && !inside) ours.push(each);
      else if (isInside && /^(ha|hui)-/.test(name)) theirs.push(each);
      if (each.shadowRoot) walk(each.shadowRoot, isInside || isOurs);
    }
  };
  walk(document, false);
  const { violations } = await axe.run({ include: ours, exclude: theirs });
  const found = violations.flatMap(({ id, impact, nodes }) => nodes.map(
    ({ html, any }) => `${impact} ${id}: ${html} ${any.map((x) => x.message)}`));
  return { looked: ours.length, found };
}"""


@cache
def _axe() -> str:
    return (files("axe_playwright_python") / "axe.min.js").read_text()


async def complaints(page: Page) -> tuple[int, list[str]]:
    """Return how many elements were looked at, and what is wrong with them."""
    await page.evaluate(f"{_axe()};0")
    answer: dict[str, Any] = await page.evaluate(_RUN)
    return answer["looked"], answer["found"]
