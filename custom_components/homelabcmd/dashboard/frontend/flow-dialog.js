// Shows Home Assistant's dialogs of our servers and options on our own pages.
//
// Home Assistant's own dialog can only be opened by its own modules. This one draws the
// same steps with the frontend's elements for forms and texts.

import { element } from "./dom.js";
import { Flow } from "./flow-client.js";
import { isOver, stepParts } from "./flow-parts.js";
import { FLOW } from "./flow-style.js";
import { filledIn, isComplete, stepTexts } from "./flow-texts.js";
import { BASE } from "./styles.js";

const TITLE = "HomelabCmd";
const MAX_LOADING_MS = 5000;

/** Whether the frontend's elements for forms are there; a card's editor brings them. */
export async function formsAreThere() {
  const load = async () => {
    const { createCardElement } = await window.loadCardHelpers();
    createCardElement({ type: "markdown", content: " " });
    const card = await customElements.whenDefined("hui-markdown-card");
    await card.getConfigElement();
    await customElements.whenDefined("ha-form");
    return true;
  };
  const late = new Promise((resolve) => setTimeout(resolve, MAX_LOADING_MS, false));
  return Promise.race([load().catch(() => false), late]);
}

class FlowDialog {
  #hass;
  #flow;
  #text;
  #localize;
  #unfollow;
  #step;
  #asking = false;
  #gone = new AbortController();
  #host = element("div");
  #dialog;
  #heading = element("h2", { id: "heading", tabindex: "-1" }, TITLE);
  #trouble = element("div", { class: "trouble", role: "alert" });
  #body = element("div", { class: "body" });
  #buttons = element("div", { class: "buttons" });

  constructor(root, hass, flow, text) {
    this.#hass = hass;
    this.#flow = flow;
    this.#text = text;
    const close = element(
      "button",
      { type: "button", class: "close", "aria-label": text("close") },
      element("ha-icon", { icon: "mdi:close", "aria-hidden": "true" }),
    );
    close.addEventListener("click", () => this.#close());
    this.#dialog = element(
      "dialog",
      { "aria-labelledby": "heading" },
      element("div", { class: "top" }, this.#heading, close),
      this.#trouble,
      this.#body,
      this.#buttons,
    );
    this.#dialog.addEventListener("close", () => this.#leave());
    // Whoever goes to another page, by a link in a text or back, has left it.
    for (const left of ["location-changed", "popstate"]) {
      const { signal } = this.#gone;
      window.addEventListener(left, () => this.#close(), { signal });
    }
    this.#host
      .attachShadow({ mode: "open" })
      .append(element("style", {}, BASE, FLOW), this.#dialog);
    root.append(this.#host);
  }

  async open() {
    this.#dialog.showModal();
    await this.#ask(async () => {
      this.#localize = await this.#flow.texts();
      this.#unfollow = await this.#flow.follow((step) => this.#show(step));
      return this.#flow.start();
    });
  }

  #close() {
    this.#dialog.close();
  }

  #leave() {
    // What is on its way shows whether there is anything to end.
    if (!this.#asking && !isOver(this.#step)) this.#flow.end();
    this.#stopFollowing();
    this.#gone.abort();
    this.#host.remove();
  }

  #stopFollowing() {
    this.#unfollow?.();
    this.#unfollow = undefined;
  }

  /** Show the step that comes next, or what keeps it from coming. */
  async #ask(next) {
    if (this.#asking) return;
    this.#asking = true;
    this.#trouble.textContent = "";
    try {
      const step = await next();
      this.#asking = false;
      this.#show(step);
    } catch (error) {
      this.#asking = false;
      const { message, errors } = error?.body || {};
      this.#trouble.textContent =
        message || Object.values(errors || {}).join(" ") || this.#text("failed");
    }
  }

  #submit(values) {
    if (!isComplete(this.#step.data_schema, values)) {
      this.#trouble.textContent = this.#text("not_complete");
      return undefined;
    }
    return this.#ask(() => this.#flow.answer(filledIn(values)));
  }

  #show(step) {
    this.#step = step;
    if (!this.#dialog.open) {
      // It was closed while the step was on its way.
      this.#stopFollowing();
      if (!isOver(step)) this.#flow.end();
      return;
    }
    const texts = stepTexts(this.#localize, this.#flow.base, step);
    const parts = stepParts({
      step,
      texts,
      hass: this.#hass,
      localize: this.#localize,
      text: this.#text,
      submit: (values) => this.#submit(values),
      choose: (option) => this.#ask(() => this.#flow.answer({ next_step_id: option })),
      close: () => this.#close(),
    });
    if (!parts) {
      this.#close();
      return;
    }
    this.#heading.textContent = texts.title || TITLE;
    this.#trouble.textContent = "";
    this.#body.replaceChildren(...parts.body.filter(Boolean));
    this.#buttons.replaceChildren(...parts.buttons);
    this.#body.scrollTop = 0;
    // So that it is read out, and the keyboard is where something is to be done.
    this.#heading.focus();
  }
}

export const openFlow = (root, hass, wanted, text) =>
  new FlowDialog(root, hass, new Flow(hass, wanted), text).open();
