// What the lists of alerts and actions have in common.

import { BaseElement } from "./base-element.js";
import { PLATFORM } from "./devices.js";
import { element, keepingFocus, showList } from "./dom.js";
import { FILTERS, Filters } from "./filters.js";
import { known as namedByUser } from "./server-list.js";
import { ROWS } from "./styles.js";

const SHORT = `
/* The rest of what is recent is a touch away. */
@media (max-width: 600px) {
  .recent .row:nth-child(n + 6) { display: none; }
}
`;
// As many as the hub gives at once; of one server the newest are enough.
const LIMIT = 500;
const LIMIT_OF_SERVER = 10;

/**
 * A list of what the hub tells, or with `all` of everything there is of it, that of one
 * server if one is named.
 *
 * A list has a `kind`, its `statuses`, maybe `severities`, and `typeTexts`, which names
 * the selector that has the texts of its types.
 */
export class ListElement extends BaseElement {
  static style = ROWS + FILTERS + SHORT;

  severities = [];

  #list;
  #empty;
  #filters;
  #all;
  #heard;
  #asked = 0;

  build(root) {
    const { all, server } = this.config;
    this.#list = element("ul", { tabindex: "-1", "aria-label": this.label });
    this.#empty = element("div", { class: "empty", hidden: true }, this.none);
    this.#filters = all && !server ? this.#makeFilters() : undefined;
    const style = all ? "card" : "card recent";
    root.append(
      ...(this.#filters ? [this.#filters.node] : []),
      element("div", { class: style }, this.#list, this.#empty),
    );
  }

  #makeFilters() {
    const { text } = this;
    const labels = {
      status: text("filter_status"),
      severity: text("filter_severity"),
      server: text("filter_server"),
      type: text("filter_type"),
    };
    const filters = new Filters(labels, () => this.#load());
    const each = (values, say) => values.map((value) => [value, say(value)]);
    filters.offer("status", [
      ["", text("all_statuses")],
      ...each(this.statuses, (status) => this.statusText(status)),
    ]);
    filters.offer("severity", [["", text("all_severities")], ...each(this.severities, text)]);
    return filters;
  }

  /** Offer what there is: it changes while the page is open. */
  #offerMore({ servers }) {
    const { text, hass } = this;
    const { compare } = new Intl.Collator(hass.locale.language, { numeric: true });
    const byLabel = ([, a], [, b]) => compare(a, b);
    const named = [...servers.values()].map((server) => namedByUser(server, hass));
    const types = new Set(this.#all.map((item) => this.typeOf(item)));
    this.#filters.offer("server", [
      ["", text("all_servers")],
      ...named.map(({ server_id: id, name }) => [id, name]).sort(byLabel),
    ]);
    this.#filters.offer("type", [
      ["", text("all_types")],
      ...[...types].map((type) => [type, this.#typeText(type)]).sort(byLabel),
    ]);
  }

  #typeText(type) {
    const scope = `component.${PLATFORM}.selector.${this.typeTexts}.options`;
    return this.hass.localize(`${scope}.${type}`) || type;
  }

  statusText(status) {
    const scope = `component.${PLATFORM}.selector.action_status.options`;
    return this.hass.localize(`${scope}.${status}`) || this.text(status);
  }

  update(known) {
    const { all } = this.config;
    const recent = known[this.kind];
    if (all && this.#heard !== recent) {
      this.#heard = recent;
      this.#load();
    }
    if (all && !this.#all) return;
    if (this.#filters) this.#offerMore(known);
    const { context } = this;
    const models = (all ? this.#all : recent)
      .filter((item) => this.#isWanted(item))
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

  #isWanted(item) {
    const server = this.config.server || this.#filters?.wanted.server;
    const type = this.#filters?.wanted.type;
    return (
      (!server || item.server_id === server) && (!type || this.typeOf(item) === type)
    );
  }

  /** Get what there is; the hub knows no types here, so that they are chosen from it. */
  async #load() {
    const { server: own } = this.config;
    const { type: _type, ...wanted } = this.#filters?.wanted || { server: own };
    const chosen = Object.entries(wanted).filter(([, value]) => value);
    const limit = own ? LIMIT_OF_SERVER : LIMIT;
    this.#asked += 1;
    const asked = this.#asked;
    const { response } = await this.hass.callWS({
      type: "call_service",
      domain: PLATFORM,
      service: `list_${this.kind}`,
      service_data: { ...Object.fromEntries(chosen), limit },
      return_response: true,
    });
    if (asked !== this.#asked) return;
    this.#all = response[this.kind].map((item) => this.told(item));
    if (this.isConnected) this.update(this.known);
  }
}
