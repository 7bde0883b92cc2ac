// One line of the list of scans: how it is called, how far it is, and what can be done.

import { element, icon } from "./dom.js";

const bar = ({ done, total }, name) =>
  element("progress", { "aria-label": name, value: done, max: total });

/** The parts of a line; `toggle` and `cancel` are what its buttons do. */
export function scanRow(model, text, { toggle, cancel }) {
  const { key, name, status, about, unsure, progress, open } = model;
  const title = element(
    "button",
    {
      type: "button",
      class: "link title",
      "aria-expanded": String(open),
      "data-key": `open ${key}`,
      click: toggle,
    },
    name,
  );
  const button = () =>
    element(
      "button",
      {
        type: "button",
        "data-key": `cancel ${key}`,
        "aria-label": `${text("cancel")}: ${name}`,
        click: ({ currentTarget }) => cancel(currentTarget),
      },
      text("cancel"),
    );
  const parts = [
    icon(model.icon, { class: status }),
    element(
      "div",
      { class: "words" },
      title,
      element("div", { class: "about" }, about),
      unsure && element("div", { class: "unsure" }, icon("mdi:shield-alert"), unsure),
      progress && bar(progress, name),
    ),
    model.cancel && element("div", { class: "buttons" }, button()),
  ];
  return parts.filter(Boolean);
}
