// What the steps of a dialog look like.

import { element } from "./dom.js";
import { PLATFORM } from "./devices.js";
import { firstValues } from "./flow-texts.js";

const button = (label, click, attributes = {}) =>
  element("button", { type: "button", click, ...attributes }, label);

function markdown(content) {
  if (!content) return null;
  const shown = document.createElement("ha-markdown");
  shown.content = content;
  return shown;
}

function form({ step, texts, hass, localize, submit, text }) {
  const values = firstValues(step.data_schema);
  const fields = document.createElement("ha-form");
  Object.assign(fields, {
    hass,
    data: values,
    schema: step.data_schema,
    error: step.errors || {},
    computeLabel: texts.label,
    computeHelper: texts.helper,
    computeError: texts.error,
    localizeValue: (key) => localize(`component.${PLATFORM}.selector.${key}`),
  });
  fields.addEventListener("value-changed", ({ detail }) => {
    fields.data = detail.value;
  });
  const send = () => submit(fields.data);
  fields.addEventListener("keydown", (event) => {
    const [from] = event.composedPath();
    // In a list of choices it chooses.
    const typed = from.localName === "input" && !from.hasAttribute("role");
    if (event.key === "Enter" && typed) send();
  });
  return {
    body: [markdown(texts.description), step.data_schema.length > 0 && fields],
    buttons: [button(text("submit"), send, { class: "main" })],
  };
}

const menu = ({ step, texts, choose }) => ({
  body: [
    markdown(texts.description),
    element(
      "div",
      { class: "menu" },
      ...step.menu_options.map((option) =>
        button(texts.choice(option), () => choose(option)),
      ),
    ),
  ],
  buttons: [],
});

const progress = ({ texts }) => ({ body: [markdown(texts.progress)], buttons: [] });

const abort = ({ texts, close, text }) => ({
  body: [markdown(texts.abort)],
  buttons: [button(text("close"), close, { class: "main" })],
});

const STEPS = { form, menu, progress, abort };

/** The body and the buttons of a step; nothing for one after which the dialog closes. */
export const stepParts = (context) => STEPS[context.step.type]?.(context);

/** Whether there is nothing left of the dialog that could be ended. */
export const isOver = (step) => !step || ["abort", "create_entry"].includes(step.type);
