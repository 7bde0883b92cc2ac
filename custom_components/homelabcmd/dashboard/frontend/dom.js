// Elements and their text. What comes from servers is only ever text, never markup.

/** An element with attributes and children; a text among them stays a text. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "click") made.addEventListener("click", value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child != null && child !== false));
  return made;
}

export const icon = (name, attributes = {}) =>
  element("ha-icon", { icon: name, "aria-hidden": "true", ...attributes });

/** Change a part of the page; what had the focus has it afterwards, if it is there. */
export function keepingFocus(root, change) {
  const focused = root.activeElement;
  const key = focused?.dataset.key;
  change();
  if (!focused || root.activeElement === focused) return;
  const again = [...root.querySelectorAll("[data-key]")].find(
    (candidate) => candidate.dataset.key === key,
  );
  (again || root.querySelector("[tabindex='-1']"))?.focus();
}

/**
 * Make a list show models, each in a node of its own that lasts as long as its `key`.
 *
 * `fill` puts a model into its node, and is only asked to when it changed.
 */
export function showList(list, models, make, fill) {
  const known = new Map([...list.children].map((node) => [node.dataset.item, node]));
  models.forEach((model, place) => {
    const item = String(model.key);
    const node = known.get(item) || make();
    known.delete(item);
    node.dataset.item = item;
    const shown = JSON.stringify(model);
    if (node.shown !== shown) {
      node.shown = shown;
      fill(node, model);
    }
    if (list.children[place] !== node) {
      list.insertBefore(node, list.children[place] || null);
    }
  });
  for (const node of known.values()) node.remove();
}
