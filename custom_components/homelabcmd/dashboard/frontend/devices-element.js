// The element `homelabcmd-devices`: who was seen in the home network.

import { BaseElement } from "./base-element.js";
import { confirmed } from "./confirmation.js";
import { PLATFORM } from "./devices.js";
import { element, icon, keepingFocus, showList } from "./dom.js";
import { SCAN_WANTED, deviceModel, networksModel } from "./found-devices.js";
import { ask } from "./service.js";
import { ROWS } from "./styles.js";

const AGAIN_MS = 15000;

const STYLE = `
.looking { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; margin-bottom: 8px; }
.trouble {
  padding-inline-start: 8px; overflow-wrap: anywhere;
  border-inline-start: 4px solid var(--error-color, #db4437);
}
:is(.trouble, .others):empty { display: none; }
.others { font-size: 13px; }
.row a { text-decoration: underline; }
`;

export class DevicesElement extends BaseElement {
  static style = ROWS + STYLE;

  #looking;
  #others;
  #said;
  #trouble;
  #list;
  #empty;
  #told;
  #asked = 0;
  #busy = false;

  build(root) {
    const { text } = this;
    this.#looking = element("div", { class: "looking" });
    this.#others = element("div", { class: "about others" });
    this.#said = element("div", { class: "about", role: "status" });
    this.#trouble = element("div", { class: "trouble", role: "alert" });
    this.#list = element("ul", { tabindex: "-1", "aria-label": text("devices") });
    this.#empty = element("div", { class: "empty", hidden: true }, text("no_devices"));
    root.append(
      this.#looking,
      this.#said,
      this.#trouble,
      this.#others,
      element("div", { class: "card" }, this.#list, this.#empty),
    );
  }

  update() {
    if (!this.#busy && Date.now() - this.#asked > AGAIN_MS) this.#load();
    if (this.#told) this.#draw();
  }

  #draw() {
    const { context } = this;
    const { devices, networks } = this.#told;
    const { probes, others } = networksModel(networks, context);
    const models = devices.map((device) => deviceModel(device, context));
    keepingFocus(this.shadowRoot, () => {
      this.#drawLooking(context.admin, probes);
      showList(
        this.#list,
        models,
        () => element("li", { class: "row" }),
        (node, model) => this.#fill(node, model),
      );
    });
    this.#others.textContent = context.admin ? others.join(" ") : "";
    this.#empty.hidden = models.length > 0;
  }

  #drawLooking(admin, probes) {
    const { text } = this;
    const shown = JSON.stringify([admin, probes, this.#busy]);
    if (this.#looking.shown === shown) return;
    this.#looking.shown = shown;
    const offer = (key, label, click) =>
      element(
        "button",
        { type: "button", disabled: this.#busy, "data-key": key, click },
        label,
      );
    const buttons = [
      offer("look", text("look_around"), () => this.#discover({})),
      ...probes.map((probe) =>
        offer(`probe ${probe.network}`, text("probe", probe), () => this.#probe(probe)),
      ),
    ];
    this.#looking.replaceChildren(...(admin ? buttons : []));
  }

  #fill(node, model) {
    const { text } = this;
    const { key, title, about, seen, server, host, add, forget } = model;
    const buttons = element("div", { class: "buttons" });
    const offer = (label, name, click) =>
      buttons.append(
        element(
          "button",
          {
            type: "button",
            "data-key": `${name} ${key}`,
            "aria-label": `${label}: ${title}`,
            click,
          },
          label,
        ),
      );
    if (host) offer(text("scan"), "scan", () => this.#scan(host));
    if (add) offer(text("make_server"), "add", () => this.#add(key));
    if (forget) offer(text("forget"), "forget", () => this.#forget(key, title));
    node.replaceChildren(
      icon(model.icon),
      element(
        "div",
        { class: "words" },
        element("div", { class: "title" }, title),
        server && element("div", { class: "about" }, element("a", { href: server.href }, server.name)),
        element("div", { class: "about" }, about),
        element("div", { class: "about" }, seen),
      ),
      buttons,
    );
  }

  // What can be done with devices.

  #scan(host) {
    window.dispatchEvent(new CustomEvent(SCAN_WANTED, { detail: { host } }));
  }

  /** Open the card that makes a server of a device. */
  async #add(device) {
    const answer = await this.#ask("add_device_as_server", { device });
    if (!answer?.flow_id) return;
    const detail = { [PLATFORM]: { dialog: "device", flow: answer.flow_id } };
    this.dispatchEvent(
      new CustomEvent("ll-custom", { bubbles: true, composed: true, detail }),
    );
  }

  async #forget(device, name) {
    const { text } = this;
    const sure = await confirmed(this.shadowRoot, {
      heading: text("forget_device", { name }),
      message: text("forget_device_hint"),
      yes: text("forget"),
      no: text("cancel"),
    });
    if (sure && (await this.act("forget_device", { device }))) await this.#load();
  }

  // Looking around.

  async #probe({ network, addresses }) {
    const { text } = this;
    const sure = await confirmed(this.shadowRoot, {
      heading: text("probe", { network }),
      message: text("probe_confirm", { network, count: addresses }),
      yes: text("probe_yes"),
      no: text("cancel"),
    });
    if (sure) await this.#discover({ network });
  }

  async #discover(wanted) {
    if (this.#busy) return;
    this.#busy = true;
    this.#said.textContent = this.text("looking");
    this.#draw();
    const told = await this.#ask("discover_network", wanted);
    this.#busy = false;
    this.#said.textContent = told
      ? this.text("looked", { count: told.devices.length })
      : "";
    this.#take(told);
  }

  async #load() {
    this.#asked = Date.now();
    this.#take(await this.#ask("list_devices", {}));
  }

  #take(told) {
    if (told) this.#told = told;
    if (this.#told && this.known && this.isConnected) this.#draw();
  }

  /** Ask, and say what went wrong; return the answer, if there is one. */
  async #ask(action, data) {
    this.#trouble.textContent = "";
    try {
      return await ask(this.hass, action, data);
    } catch (error) {
      this.#trouble.textContent = error.message || this.text("no_answer");
      return undefined;
    }
  }
}
