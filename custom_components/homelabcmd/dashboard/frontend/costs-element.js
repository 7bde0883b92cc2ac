// The element `homelabcmd-costs`: what each server costs, and all of them.

import { BaseElement } from "./base-element.js";
import { costModel } from "./costs.js";
import { element, keepingFocus, showList } from "./dom.js";
import { known as namedByUser } from "./server-list.js";

const STYLE = `
.card { padding: 4px 0; overflow-x: auto; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: 8px 12px; text-align: end; white-space: nowrap; }
th { font-weight: 500; font-size: 13px; color: var(--secondary-text-color); }
:is(th, td):first-child { text-align: start; white-space: normal; width: 100%; }
tr + tr > *, tbody + tfoot tr > * { border-top: 1px solid var(--divider-color); }
td a:hover { text-decoration: underline; }
.about { font-size: 13px; overflow-wrap: anywhere; }
.bar { height: 4px; border-radius: 2px; margin-top: 4px;
  background: var(--divider-color); }
.bar div { height: 100%; border-radius: 2px; background: var(--primary-color); }
tfoot td { font-weight: 500; }
@media (max-width: 600px) {
  :is(th, td) { padding: 8px 6px; }
  .month { display: none; }
}
`;

export class CostsElement extends BaseElement {
  static style = STYLE;

  #list;
  #total;

  build(root) {
    const { text } = this;
    const cell = (name, label) => element("th", { scope: "col", class: name }, label);
    this.#list = element("tbody", { tabindex: "-1" });
    this.#total = element("tr");
    root.append(
      element(
        "div",
        { class: "card" },
        element(
          "table",
          { "aria-label": text("costs") },
          element(
            "thead",
            {},
            element(
              "tr",
              {},
              cell("", text("filter_server")),
              cell("", text("this_month")),
              cell("", text("last_month")),
              cell("month", text("estimated_month")),
            ),
          ),
          this.#list,
          element("tfoot", {}, this.#total),
        ),
      ),
    );
  }

  update({ servers }) {
    const { currency } = this.hass.config;
    const named = [...servers.values()].map((server) => namedByUser(server, this.hass));
    const { rows, total } = costModel(named, { ...this.context, currency });
    keepingFocus(this.shadowRoot, () =>
      showList(
        this.#list,
        rows,
        () => element("tr"),
        (node, model) => node.replaceChildren(...this.#cells(model)),
      ),
    );
    this.#total.replaceChildren(
      element("td", {}, this.text("total")),
      element("td", {}, total.spent),
      element("td", {}, total.before),
      element("td", { class: "month" }, total.month),
    );
  }

  #cells({ key, href, name, about, share, spent, before, month }) {
    return [
      element(
        "td",
        {},
        element("a", { href, "data-key": key }, name),
        about && element("div", { class: "about" }, about),
        element(
          "div",
          { class: "bar", "aria-hidden": "true" },
          element("div", { style: `width: ${share}%` }),
        ),
      ),
      element("td", {}, spent),
      element("td", {}, before),
      element("td", { class: "month" }, month),
    ];
  }
}
