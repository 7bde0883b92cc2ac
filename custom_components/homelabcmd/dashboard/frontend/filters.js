// A row of lists to choose from, by which other lists are filtered or sorted.

import { element } from "./dom.js";

export const FILTERS = `
.wanted { display: flex; flex-wrap: wrap; gap: 8px; margin-bottom: 8px; }
select {
  font: inherit; color: inherit; min-height: 36px; max-width: 100%; padding: 4px 8px;
  background: var(--card-background-color);
  border: 1px solid var(--outline-color, var(--divider-color));
  border-radius: 8px;
}
select[hidden] { display: none; }
`;

export class Filters {
  /** What is chosen, by the name of each list. */
  wanted = {};

  #selects = {};

  /** `labels` has a label for each list; `changed` is called after each choice. */
  constructor(labels, changed) {
    for (const [name, label] of Object.entries(labels)) {
      const select = element("select", { "aria-label": label, hidden: true });
      select.addEventListener("change", () => {
        this.wanted[name] = select.value;
        changed();
      });
      this.#selects[name] = select;
      this.wanted[name] = "";
    }
    this.node = element("div", { class: "wanted" }, ...Object.values(this.#selects));
  }

  /** Offer choices, each a value and a label; of a single one there is no choice. */
  offer(name, choices) {
    const select = this.#selects[name];
    const shown = JSON.stringify(choices);
    if (select.shown === shown) return;
    select.shown = shown;
    select.replaceChildren(
      ...choices.map(([value, label]) => element("option", { value }, label)),
    );
    // What is no longer there is not asked for any more.
    const there = choices.some(([value]) => value === this.wanted[name]);
    if (!there) this.wanted[name] = choices[0][0];
    select.value = this.wanted[name];
    select.hidden = choices.length < 2;
  }
}
