// The element `homelabcmd-actions`: actions, of which those that wait can be decided.

import { confirmed } from "./confirmation.js";
import { element, icon } from "./dom.js";
import { ListElement } from "./list-element.js";
import { actionModel } from "./models.js";

export class ActionsElement extends ListElement {
  kind = "actions";
  statuses = [
    "pending",
    "approved",
    "executing",
    "completed",
    "failed",
    "rejected",
    "expired",
    "lost",
  ];
  typeTexts = "action_type";

  get label() {
    return this.text("actions");
  }

  get none() {
    return this.config.all ? this.text("no_actions_yet") : this.text("no_actions");
  }

  model(action, context) {
    return actionModel(action, context, (status) => this.statusText(status));
  }

  typeOf({ action_type: type }) {
    return type;
  }

  /** An action of the list, as the overview tells of one. */
  told(action) {
    const waiting = this.known.actions.find(
      ({ action_id: id }) => id === action.action_id,
    );
    const { result } = action;
    return { message: result?.error || result?.output || "", ...action, ...waiting };
  }

  fill(node, model) {
    const { text } = this;
    const { title, message, about, decide, auto } = model;
    const buttons = element("div", { class: "buttons" });
    const offer = (label, name, act) => {
      const button = element(
        "button",
        {
          type: "button",
          "data-key": `${name} ${model.key}`,
          "aria-label": `${label}: ${title}`,
        },
        label,
      );
      button.addEventListener("click", async () => {
        for (const each of buttons.children) each.disabled = true;
        const done = await act();
        for (const each of buttons.children) each.disabled = done;
      });
      buttons.append(button);
    };
    if (decide) {
      offer(text("approve"), "approve", () => this.#approve(model));
      offer(text("reject"), "reject", () => this.#reject(model));
    }
    if (auto) offer(text("auto"), "auto", () => this.#automate(model));
    node.replaceChildren(
      icon("mdi:wrench"),
      element(
        "div",
        { class: "words" },
        element("div", { class: "title" }, title),
        element("div", { class: "about" }, about),
        message && element("div", { class: "about output" }, message),
      ),
      ...(decide ? [buttons] : []),
    );
  }

  #approve({ key }) {
    return this.act("approve_action", { action_id: key });
  }

  #reject({ key }) {
    return this.act("reject_action", { action_id: key });
  }

  async #automate(model) {
    const { text } = this;
    const server = this.known.servers.get(model.server)?.name ?? model.server;
    const sure = await confirmed({
      heading: model.title,
      message: text("auto_confirm", { server }),
      yes: text("auto_yes"),
      no: text("cancel"),
    });
    if (!sure || !(await this.#approve(model))) return false;
    return this.act("set_auto_approve", {
      action_type: model.type,
      server: model.server,
      enabled: true,
    });
  }
}
