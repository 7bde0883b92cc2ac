// What the lists of alerts and actions have in common.

import { BaseElement } from "./base-element.js";
import { PLATFORM } from "./devices.js";
import { element, keepingFocus, showList } from "./dom.js";
import { ROWS } from "./styles.js";

const FILTER = `
.filter { margin-bottom: 8px; }
select {
  font: inherit; color: inherit; min-height: 36px; padding: 4px 8px;
  background: var(--card-background-color);
  border: 1px solid var(--outline-color, var(--divider-color)); border-radius: 8px;
}
/* The rest of what is recent is a touch away. */
@media (max-width: 600px) {
  .recent .row:nth-child(n + 6) { display: none; }
}
`;

/**
 * A list of what the hub tells, or with `all` of everything there is of it, that of one
 * server if one is named.
 */
export class ListElement extends BaseElement {
  static style = ROWS + FILTER;

  #list;
  #empty;
  #all;
  #status = "";
  #heard;

  build(root) {
    const { all, server } = this.config;
    this.#list = element("ul", { tabindex: "-1", "aria-label": this.label });
    this.#empty = element("div", { class: "empty", hidden: true }, this.none);
    if (all && !server) root.append(this.#filter());
    const style = all ? "card" : "card recent";
    root.append(element("div", { class: style }, this.#list, this.#empty));
  }

  #filter() {
    const { text } = this;
    const select = element(
      "select",
      { "aria-label": text("filter_status") },
      element("option", { value: "" }, text("all_statuses")),
      ...this.statuses.map((value) =>
        element("option", { value }, this.statusText(value)),
      ),
    );
    select.addEventListener("change", () => {
      this.#status = select.value;
      this.#load();
    });
    return element("div", { class: "filter" }, select);
  }

  statusText(status) {
    const scope = `component.${PLATFORM}.selector.action_status.options`;
    return this.hass.localize(`${scope}.${status}`) || this.text(status);
  }

  update(known) {
    const { all, server } = this.config;
    const recent = known[this.kind];
    if (all && this.#heard !== recent) {
      this.#heard = recent;
      this.#load();
    }
    const items = all ? this.#all : recent;
    if (!items) return;
    const { context } = this;
    const models = items
      .filter((item) => !server || item.server_id === server)
      .map((item) => this.model(item, context));
    keepingFocus(this.shadowRoot, () =>
      showList(
        this.#list,
        models,
        () => element("li", { class: "row" }),
        (node, model) => this.fill(node, model),
      ),
    );
    this.#empty.hidden = models.length > 0;
  }

  async #load() {
    const { server } = this.config;
    const status = this.#status;
    const { response } = await this.hass.callWS({
      type: "call_service",
      domain: PLATFORM,
      service: `list_${this.kind}`,
      service_data: { ...(server && { server, limit: 10 }), ...(status && { status }) },
      return_response: true,
    });
    if (status !== this.#status) return;
    this.#all = response[this.kind].map((item) => this.told(item));
    if (this.isConnected) this.update(this.known);
  }
}
