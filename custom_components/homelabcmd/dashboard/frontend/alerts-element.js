// The element `homelabcmd-alerts`: alerts, which can be acknowledged.

import { element, icon } from "./dom.js";
import { ListElement } from "./list-element.js";
import { alertModel } from "./models.js";

export class AlertsElement extends ListElement {
  kind = "alerts";
  model = alertModel;
  statuses = ["open", "acknowledged", "resolved"];
  severities = ["critical", "high", "medium", "low"];
  typeTexts = "alert_type";

  get label() {
    return this.text("alerts");
  }

  get none() {
    return this.text("no_alerts");
  }

  statusText(status) {
    const { text } = this;
    const words = { open: text("open"), acknowledged: text("acknowledged") };
    return words[status] || text("ended");
  }

  typeOf({ type }) {
    return type;
  }

  /** An alert of the list, as the overview tells of one. */
  told(alert) {
    return {
      ...alert,
      acknowledged_by: alert.acknowledged_by?.name,
      remedied: alert.auto_remediated,
    };
  }

  fill(node, model) {
    const { text } = this;
    const { key, href, severity, title, message, about, ended, acknowledge } = model;
    node.classList.toggle("ended", ended);
    const parts = [
      icon(ended ? "mdi:check-circle-outline" : model.icon, {
        class: ended ? "about" : severity,
      }),
      element(
        "div",
        { class: "words", title: message },
        element("a", { class: "title", href, "data-key": `link ${key}` }, title),
        element("div", { class: "about" }, about),
      ),
    ];
    if (acknowledge) {
      const label = text("acknowledge");
      const button = element(
        "button",
        { type: "button", "data-key": key, "aria-label": `${label}: ${title}` },
        label,
      );
      button.addEventListener("click", async () => {
        button.disabled = true;
        const done = await this.act("acknowledge_alert", { alert_id: key });
        button.disabled = done;
      });
      parts.push(element("div", { class: "buttons" }, button));
    }
    node.replaceChildren(...parts);
  }
}
