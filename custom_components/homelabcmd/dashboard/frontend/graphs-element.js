// The element `homelabcmd-graphs`: core graphs, over a period that can be switched.

import { BaseElement } from "./base-element.js";
import { element } from "./dom.js";
import { PERIODS, graphCard } from "./graphs.js";

const STYLE = `
.periods { display: flex; flex-wrap: wrap; gap: 8px; margin-bottom: 8px; }
.graphs {
  display: grid; gap: 8px;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 420px), 1fr));
}
.graphs > * { min-width: 0; }
`;

export class GraphsElement extends BaseElement {
  static style = STYLE;

  #period = PERIODS[0];
  #buttons;
  #graphs;
  #drawn;

  build(root) {
    const { text } = this;
    this.#buttons = PERIODS.map((period) =>
      element(
        "button",
        { type: "button", click: () => this.#choose(period) },
        period.label(text),
      ),
    );
    this.#graphs = element("div", { class: "graphs" });
    root.append(
      element(
        "div",
        { class: "periods", role: "group", "aria-label": text("period") },
        ...this.#buttons,
      ),
      this.#graphs,
    );
    this.#choose(this.#period);
  }

  update() {}

  pass(hass) {
    for (const card of this.#graphs?.children || []) card.hass = hass;
  }

  async #choose(period) {
    this.#period = period;
    this.#buttons.forEach((button, place) =>
      button.setAttribute("aria-pressed", String(PERIODS[place] === period)),
    );
    const { createCardElement } = await window.loadCardHelpers();
    const wanted = JSON.stringify([period.hours, this.config.graphs]);
    if (period !== this.#period || wanted === this.#drawn) return;
    this.#drawn = wanted;
    this.#graphs.replaceChildren(
      ...this.config.graphs.map((graph) => createCardElement(graphCard(graph, period))),
    );
    this.pass(this.hass);
  }
}
