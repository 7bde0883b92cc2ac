// The element `homelabcmd-watched`: services and containers, each with what it uses, and
// with a button to restart it while it is down.

import { BaseElement } from "./base-element.js";
import { confirmed } from "./confirmation.js";
import { element, icon, keepingFocus, showList } from "./dom.js";
import { ROWS } from "./styles.js";
import { watchedModel } from "./watched.js";

const STYLE = `
.link {
  min-height: 0; padding: 0; border: none; border-radius: 4px; text-align: start;
}
.link:hover { background: none; text-decoration: underline; }
.restart { padding: 4px 8px; }
.online { color: var(--success-color, #43a047); }
.offline { color: var(--error-color, #db4437); }
.unknown { color: var(--secondary-text-color); }
`;

export class WatchedElement extends BaseElement {
  static style = ROWS + STYLE;

  #list;

  build(root) {
    this.#list = element("ul", { tabindex: "-1", "aria-label": this.text("services") });
    root.append(element("div", { class: "card" }, this.#list));
  }

  update() {
    const { hass, context } = this;
    const say = {
      state: (state) => hass.formatEntityState(state),
      problem: (state) => hass.formatEntityAttributeValue(state, "problem"),
    };
    const models = this.config.items.map(({ id, name, restart }) => {
      const [state, button] = [hass.states[id], hass.states[restart]];
      return watchedModel({ id, name, state, restart: button }, context, say);
    });
    keepingFocus(this.shadowRoot, () =>
      showList(
        this.#list,
        models,
        () => element("li", { class: "row" }),
        (node, model) => this.#fill(node, model),
      ),
    );
  }

  pass() {
    if (this.#list && this.known) this.update();
  }

  #fill(node, { key, name, icon: shown, mark, about, restart }) {
    const label = this.text("restart", { name });
    node.replaceChildren(
      icon(shown, { class: mark }),
      element(
        "div",
        { class: "words" },
        element(
          "button",
          {
            type: "button",
            class: "link title",
            "data-key": `more ${key}`,
            click: () => this.#showMore(key),
          },
          name,
        ),
        element("div", { class: "about" }, about),
      ),
    );
    if (!restart) return;
    const button = element(
      "button",
      {
        type: "button",
        class: "restart",
        "data-key": `restart ${key}`,
        "aria-label": label,
        title: label,
        click: () => this.#restart(name, restart),
      },
      icon("mdi:play"),
    );
    node.append(button);
  }

  #showMore(entityId) {
    const detail = { entityId };
    this.dispatchEvent(
      new CustomEvent("hass-more-info", { bubbles: true, composed: true, detail }),
    );
  }

  async #restart(name, button) {
    const { text } = this;
    const sure = await confirmed({
      heading: text("restart", { name }),
      message: text("restart_now", { name }),
      yes: text("restart_yes"),
      no: text("cancel"),
    });
    if (sure) await this.call("button", "press", { entity_id: button });
  }
}
