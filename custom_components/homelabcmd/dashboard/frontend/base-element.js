// What our elements have in common: they follow the hub and show what it tells.

import { element } from "./dom.js";
import { follow } from "./overview-feed.js";
import { loadTexts } from "./texts.js";
import { BASE } from "./styles.js";

// So often "5 min. ago" is put right.
const TICK_MS = 20000;
// Of Home Assistant's state, what our elements show something of.
const SHOWN = ["areas", "devices", "language", "user"];

export class BaseElement extends HTMLElement {
  static style = "";

  #hass;
  #leave;
  #ticker;
  #language;

  constructor() {
    super();
    this.attachShadow({ mode: "open" });
  }

  setConfig(config) {
    this.config = config;
  }

  set hass(hass) {
    const before = this.#hass;
    this.#hass = hass;
    if (!before) this.#join();
    else if (SHOWN.some((name) => before[name] !== hass[name])) this.#show();
    this.pass(hass);
  }

  /** For those that have elements of Home Assistant in them. */
  pass(_hass) {}

  get hass() {
    return this.#hass;
  }

  getCardSize() {
    return 4;
  }

  getGridOptions() {
    return { columns: "full" };
  }

  connectedCallback() {
    this.#join();
  }

  disconnectedCallback() {
    this.#leave?.();
    this.#leave = undefined;
    clearInterval(this.#ticker);
  }

  #join() {
    if (!this.isConnected || !this.#hass || this.#leave) return;
    this.#ticker = setInterval(() => this.#show(), TICK_MS);
    this.#leave = follow(this.#hass.connection, (known) => {
      this.known = known;
      this.#show();
    });
  }

  async #show() {
    const { language } = this.#hass;
    if (this.#language !== language) {
      this.#language = language;
      this.text = await loadTexts(this.#hass);
      this.shadowRoot.replaceChildren(
        element("style", {}, BASE, this.constructor.style),
      );
      this.build(this.shadowRoot);
    }
    if (this.text && this.known && this.isConnected) this.update(this.known);
  }

  /** What the texts of the cards depend on. */
  get context() {
    return {
      text: this.text,
      now: Date.now(),
      language: this.#hass.locale.language,
      base: `/${window.location.pathname.split("/")[1]}`,
      admin: this.known.admin,
    };
  }

  /** Call one of our actions. */
  act(action, data) {
    return this.call("homelabcmd", action, data);
  }

  /** Call an action; return whether it went well: the user is told if it did not. */
  async call(domain, action, data) {
    try {
      await this.#hass.callService(domain, action, data);
    } catch {
      return false;
    }
    return true;
  }
}
