// The element `homelabcmd-scans`: scans of machines without an agent.

import { BaseElement } from "./base-element.js";
import { element, keepingFocus, showList } from "./dom.js";
import { SCAN_WANTED } from "./found-devices.js";
import { scanBody } from "./scan-body.js";
import { enter, leave } from "./scan-desk.js";
import { ScanForm } from "./scan-form.js";
import { scanRow } from "./scan-row.js";
import {
  exported,
  howManyAgain,
  isLatest,
  isUnfinished,
  mergedScans,
  scanModel,
  spoken,
  targetOf,
  trustedKey,
} from "./scans.js";
import { SCANS } from "./scans-style.js";
import { ask, tell } from "./service.js";
import { ROWS } from "./styles.js";

const LIMIT = 100;
// How far a scan is nobody tells, it has to be asked for.
const POLL_MS = 1000;
// Others scan, too.
const AGAIN_MS = 15000;
const UNKNOWN_KEY = "host_key_unknown";

/** Have the browser save a file. */
function download({ name, content }) {
  const url = URL.createObjectURL(new Blob([content], { type: "application/json" }));
  element("a", { href: url, download: name }).click();
  URL.revokeObjectURL(url);
}

export class ScansElement extends BaseElement {
  static style = ROWS + SCANS;

  #form;
  #list;
  #empty;
  #said;
  #scans;
  #desk;
  #asked = 0;
  #round = 0;
  #timer;
  // What is known of scans besides the list, by their ids.
  #details = new Map();
  #trusted = new Map();
  #troubles = new Map();
  #wanted = ({ detail }) => this.#form?.fill(detail);

  connectedCallback() {
    this.#desk = enter();
    this.#asked = 0;
    super.connectedCallback();
    window.addEventListener(SCAN_WANTED, this.#wanted);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    window.removeEventListener(SCAN_WANTED, this.#wanted);
    clearTimeout(this.#timer);
    this.#desk.typed = this.#form?.values;
    this.#form?.begun();
    leave();
  }

  build(root) {
    const { text } = this;
    this.#form = new ScanForm(
      text,
      (wanted) => this.#begin(wanted),
      () => this.#key(),
    );
    if (this.#desk.typed) this.#form.values = this.#desk.typed;
    this.#list = element("ul", { tabindex: "-1", "aria-label": text("scans") });
    this.#empty = element("div", { class: "empty", hidden: true }, text("no_scans"));
    this.#said = element("div", { class: "hidden", role: "status" });
    root.append(
      element(
        "div",
        { class: "both" },
        this.#form.node,
        element("div", { class: "card scans" }, this.#list, this.#empty),
      ),
      this.#said,
    );
  }

  update({ admin }) {
    this.#form.node.hidden = !admin;
    if (Date.now() - this.#asked > AGAIN_MS) this.#load(LIMIT);
    if (this.#scans) this.#draw();
  }

  #draw() {
    const { context } = this;
    const models = this.#scans.map((scan) => ({
      ...scanModel(scan, context),
      open: scan.scan_id === this.#desk.open,
    }));
    keepingFocus(this.shadowRoot, () => {
      showList(
        this.#list,
        models,
        () =>
          element("li", {}, element("div", { class: "row" }), element("div", { class: "body" })),
        (node, model) => this.#fill(node.firstChild, model),
      );
      for (const node of this.#list.children) this.#fillBody(node, context);
    });
    this.#empty.hidden = models.length > 0;
  }

  #fill(node, model) {
    const { key } = model;
    const parts = scanRow(model, this.text, {
      toggle: () => this.#toggle(key),
      cancel: (button) => this.#cancel(button, key),
    });
    node.replaceChildren(...parts);
  }

  /** Show what is known of the scan that is open; what is shown already stays. */
  #fillBody(node, context) {
    const [, body] = node.children;
    const { item: id } = node.dataset;
    const scan = this.#details.get(id) || this.#scans.find((each) => each.scan_id === id);
    const awaited = scan.status === "completed" && !this.#details.has(id);
    body.hidden = id !== this.#desk.open || awaited;
    const known = [isLatest(scan, this.#scans), this.#trusted.get(id), this.#troubles.get(id)];
    const shown = body.hidden ? "" : JSON.stringify([scan.status, ...known]);
    if (body.shown === shown) return;
    body.shown = shown;
    const parts = shown ? scanBody(scan, this.#bodyContext(scan, context)) : [];
    body.replaceChildren(...parts);
  }

  #bodyContext(scan, context) {
    const { locale, config } = this.hass;
    const { compared_with: earlier } = scan.results || {};
    return {
      ...context,
      zone: locale.time_zone === "server" ? config.time_zone : undefined,
      latest: isLatest(scan, this.#scans),
      earlier: this.#scans.find(({ scan_id: id }) => id === earlier),
      trusted: this.#trusted.get(scan.scan_id),
      trouble: this.#troubles.get(scan.scan_id),
      trust: () => this.#trust(scan),
      repeat: () => this.#form.fill(targetOf(scan)),
      save: () => download(exported(scan)),
    };
  }

  #toggle(id) {
    this.#desk.open = this.#desk.open === id ? undefined : id;
    this.#draw();
    this.#look();
  }

  /** Ask for what is to be shown of the scan that is open and is not in the list. */
  async #look() {
    const scan = this.#scans.find(({ scan_id: id }) => id === this.#desk.open);
    if (!scan) return;
    const { scan_id: id, status, error } = scan;
    try {
      if (status === "completed" && !this.#details.has(id)) {
        const { scans } = await ask(this.hass, "list_scans", { scan_id: id });
        this.#details.set(id, scans[0]);
      } else if (error?.code === "host_key_changed") {
        const { issues } = await this.hass.callWS({ type: "repairs/list_issues" });
        this.#trusted.set(id, trustedKey(issues, scan));
      } else return;
    } catch {
      // It is asked for again with the list.
      return;
    }
    if (this.isConnected) this.#draw();
  }

  // What is asked of Home Assistant.

  async #load(limit) {
    this.#asked = Date.now();
    this.#round += 1;
    const round = this.#round;
    let told;
    try {
      told = (await ask(this.hass, "list_scans", { limit })).scans;
    } catch {
      // It is asked for again.
    }
    if (round !== this.#round || !this.isConnected) return;
    if (told) this.#take(limit === LIMIT ? told : mergedScans(this.#scans, told));
    this.#follow();
  }

  #take(scans) {
    const before = new Map((this.#scans || []).map((scan) => [scan.scan_id, scan.status]));
    this.#scans = scans;
    for (const scan of scans) {
      const { scan_id: id, status, error } = scan;
      if (before.has(id) && before.get(id) !== status) {
        this.#said.textContent = spoken(scan, this.text);
      }
      const wanted = isUnfinished(scan) || error?.code === UNKNOWN_KEY;
      if (!wanted) this.#desk.passwords.delete(id);
    }
    this.#draw();
    this.#look();
  }

  #follow() {
    clearTimeout(this.#timer);
    const limit = howManyAgain(this.#scans || []);
    if (limit) this.#timer = setTimeout(() => this.#load(limit), POLL_MS);
  }

  async #begin({ password, ...target }) {
    this.#form.busy = true;
    try {
      const wanted = password ? { ...target, password } : target;
      const { scan } = await ask(this.hass, "scan_host", wanted);
      this.#desk.passwords.set(scan.scan_id, password);
      this.#form.begun();
      this.#desk.open = scan.scan_id;
      this.#take(mergedScans(this.#scans || [], [scan]));
      this.#load(howManyAgain(this.#scans));
    } catch (error) {
      this.#form.trouble = this.#why(error);
    }
    this.#form.busy = false;
  }

  async #cancel(button, id) {
    button.disabled = true;
    await this.act("cancel_scan", { scan_id: id });
    this.#load(LIMIT);
  }

  /** Trust the key that a machine has shown, and scan it as it was wanted. */
  async #trust(scan) {
    const { scan_id: id, target_hostname: host, port, host_key: key } = scan;
    this.#troubles.delete(id);
    try {
      await tell(this.hass, "trust_host", { host, port, fingerprint: key.fingerprint });
    } catch (error) {
      this.#troubles.set(id, this.#why(error));
      this.#draw();
      return;
    }
    const password = this.#desk.passwords.get(id);
    if (this.#desk.passwords.delete(id)) await this.#begin({ ...targetOf(scan), password });
    else this.#form.fill(targetOf(scan), this.text("key_trusted_now"));
  }

  async #key() {
    try {
      return (await ask(this.hass, "get_scan_key")).line;
    } catch (error) {
      this.#form.trouble = this.#why(error);
      return "";
    }
  }

  #why(error) {
    return error.message || this.text("no_answer");
  }
}
