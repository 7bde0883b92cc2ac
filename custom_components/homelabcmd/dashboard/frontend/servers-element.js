// The element `homelabcmd-servers`: a compact card for each server.

import { BaseElement } from "./base-element.js";
import { element, icon, keepingFocus, showList } from "./dom.js";
import { FILTERS, Filters } from "./filters.js";
import { serverModel } from "./models.js";
import { arranged, choices, known } from "./server-list.js";
import { SERVERS } from "./servers-style.js";

function figureNode({ label, value, share, mark }, text) {
  const fill = element("div", { class: `fill ${mark}` });
  fill.style.width = `${share}%`;
  return element(
    "div",
    { class: "figure" },
    element("div", { class: "label one-line", title: label }, label),
    element(
      "div",
      { class: "value" },
      value,
      mark && icon("mdi:alert", { class: mark }),
      mark && element("span", { class: "hidden" }, text("over_threshold")),
    ),
    element("div", { class: "bar" }, fill),
  );
}

function cardContent(model, text) {
  const { maintenance, uptime, figures, down, since, presence } = model;
  return [
    element(
      "div",
      { class: "head" },
      icon(model.icon, { class: `presence ${presence}` }),
      element("span", { class: "name one-line", title: model.name }, model.name),
      element("span", { class: "hidden" }, model.state),
      maintenance && icon("mdi:wrench-clock", { title: maintenance }),
      maintenance && element("span", { class: "hidden" }, maintenance),
      uptime && element("span", { class: "hidden" }, text("uptime")),
      uptime && element("span", { class: "about" }, icon("mdi:arrow-up"), uptime),
    ),
    figures.length > 0 &&
      element(
        "div",
        { class: "figures" },
        ...figures.map((figure) => figureNode(figure, text)),
      ),
    presence !== "online" &&
      element("div", { class: "silent" }, [model.state, since].filter(Boolean).join(" · ")),
    down &&
      element(
        "div",
        { class: "down", title: down },
        icon("mdi:close-octagon", { class: "critical" }),
        element("span", { class: "one-line" }, down),
      ),
  ];
}

export class ServersElement extends BaseElement {
  static style = FILTERS + SERVERS;

  #filters;
  #list;
  #empty;

  build(root) {
    const { text } = this;
    this.#list = element("ul", { tabindex: "-1", "aria-label": text("servers") });
    this.#empty = element("div", { class: "empty", hidden: true }, text("none_fits"));
    const labels = {
      tag: text("filter_tag"),
      location: text("filter_location"),
      order: text("order"),
    };
    this.#filters = new Filters(labels, () => this.update(this.known));
    root.append(this.#filters.node, this.#list, this.#empty);
  }

  update({ servers }) {
    const { text, hass } = this;
    const filters = this.#filters;
    const { compare } = new Intl.Collator(hass.locale.language, { numeric: true });
    const all = [...servers.values()].map((server) => known(server, hass));
    const { tag, location } = choices(all, compare);
    const each = (values) => values.map((value) => [value, value]);
    filters.offer("tag", [["", text("all_tags")], ...each(tag)]);
    filters.offer("location", [["", text("all_locations")], ...each(location)]);
    filters.offer("order", [
      ["state", text("order_state")],
      ["name", text("order_name")],
    ]);
    const { context } = this;
    const models = arranged(all, filters.wanted, compare).map((server) =>
      serverModel(server, context),
    );
    keepingFocus(this.shadowRoot, () =>
      showList(
        this.#list,
        models,
        () => element("li", {}, element("a", { class: "card" })),
        (node, model) => {
          const [card] = node.children;
          card.href = model.href;
          card.dataset.key = model.key;
          card.dataset.presence = model.presence;
          card.replaceChildren(...cardContent(model, text).filter(Boolean));
        },
      ),
    );
    this.#empty.hidden = models.length > 0 || !all.length;
  }
}
