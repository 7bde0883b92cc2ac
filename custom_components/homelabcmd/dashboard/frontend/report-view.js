// How the sections of a report look: facts, a table, and notes.

import { element } from "./dom.js";

// A longer table is folded away.
const MANY = 12;

const cells = (row) => [
  element("th", { scope: "row" }, row[0]),
  ...row.slice(1).map((value) => element("td", {}, value)),
];

const table = ({ title, columns, rows }) =>
  element(
    "table",
    { "aria-label": title },
    element(
      "thead",
      {},
      element(
        "tr",
        {},
        ...columns.map((column) => element("th", { scope: "col" }, column)),
      ),
    ),
    element("tbody", {}, ...rows.map((row) => element("tr", {}, ...cells(row)))),
  );

/** A table that is made when it is wanted: there may be thousands of packages. */
function folded(section, text) {
  const details = element(
    "details",
    {},
    element("summary", {}, text("show_all", { count: section.rows.length })),
  );
  details.addEventListener("toggle", () => {
    if (details.open && details.children.length === 1) details.append(table(section));
  });
  return details;
}

const factList = (facts) =>
  element(
    "dl",
    {},
    ...facts.map(({ label, value }) =>
      element("div", {}, element("dt", {}, label), element("dd", {}, value)),
    ),
  );

function content(section, text) {
  const { facts = [], rows, none, notes } = section;
  const long = rows.length > MANY;
  return [
    facts.length > 0 && factList(facts),
    rows.length > 0 && (long ? folded(section, text) : table(section)),
    !rows.length && none && element("div", { class: "about" }, none),
    ...notes.map((note) => element("div", { class: "about note" }, note)),
  ];
}

/** Sections side by side, each under a heading of its own. */
export const sectionsNode = (sections, text) =>
  element(
    "div",
    { class: "sections" },
    ...sections.map((section) =>
      element(
        "section",
        { "aria-label": section.title },
        element("h4", {}, section.title),
        ...content(section, text),
      ),
    ),
  );
