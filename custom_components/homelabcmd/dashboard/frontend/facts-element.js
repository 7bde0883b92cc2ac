// The element `homelabcmd-facts`: what a server is, or what it costs.

import { BaseElement } from "./base-element.js";
import { element, showList } from "./dom.js";
import { costFacts, stateFacts } from "./facts.js";

const PARTS = { state: stateFacts, cost: costFacts };

const STYLE = `
.card { padding: 12px 16px; }
dl { display: flex; flex-wrap: wrap; gap: 8px 32px; margin: 0; }
dt { font-size: 12px; color: var(--secondary-text-color); }
dd { margin: 0; overflow-wrap: anywhere; }
`;

export class FactsElement extends BaseElement {
  static style = STYLE;

  #list;

  build(root) {
    this.#list = element("dl");
    root.append(element("div", { class: "card" }, this.#list));
  }

  update({ servers }) {
    const server = servers.get(this.config.server);
    if (!server) return;
    const currency = this.hass.config.currency;
    showList(
      this.#list,
      PARTS[this.config.part](server, { ...this.context, currency }),
      () => element("div"),
      (node, { label, value }) =>
        node.replaceChildren(element("dt", {}, label), element("dd", {}, value)),
    );
  }
}
