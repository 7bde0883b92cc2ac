// The overview: totals, a card for each server, recent alerts, what is to be decided.

import { button, dialogButton } from "./buttons.js";
import { totalBadges } from "./totals.js";

const heading = (title, icon, badges) => ({
  type: "heading",
  heading: title,
  icon,
  badges,
});

const card = (name, more) => ({
  type: `custom:homelabcmd-${name}`,
  grid_options: { columns: "full" },
  ...more,
});

export const PARTS = ["alerts", "actions"];

function serversHeading(isAdmin, text) {
  const costs = button(text("costs"), "mdi:cash", "costs");
  const buttons = [
    costs,
    dialogButton(text("add"), "mdi:plus", "add"),
    button(text("scan"), "mdi:radar", "scans"),
    dialogButton(text("settings"), "mdi:cog", "options"),
  ];
  return heading(text("servers"), "mdi:server", isAdmin ? buttons : [costs]);
}

const emptySection = (isAdmin, text) => ({
  type: "grid",
  cards: [
    serversHeading(isAdmin, text),
    { type: "markdown", content: text("empty") },
  ],
});

const serversSection = (isAdmin, text) => ({
  type: "grid",
  column_span: 3,
  cards: [serversHeading(isAdmin, text), card("servers")],
});

const alertsSection = (text) => ({
  type: "grid",
  column_span: 2,
  cards: [
    heading(text("recent_alerts"), "mdi:bell-alert", [
      button(text("view_all"), "mdi:chevron-right", "alerts"),
    ]),
    card("alerts"),
  ],
});

const actionsSection = (text) => ({
  type: "grid",
  cards: [
    heading(text("pending_actions"), "mdi:clipboard-check-outline", [
      button(text("view_all"), "mdi:chevron-right", "actions"),
    ]),
    card("actions"),
  ],
});

export function overviewView(devices, servers, isAdmin, text) {
  return {
    title: text("servers"),
    path: "servers",
    type: "sections",
    max_columns: 3,
    badges: totalBadges(devices),
    sections: servers.length
      ? [serversSection(isAdmin, text), alertsSection(text), actionsSection(text)]
      : [emptySection(isAdmin, text)],
  };
}

/** The view of what each server costs. */
export const costsView = (title) => ({
  title,
  path: "costs",
  subview: true,
  type: "sections",
  max_columns: 1,
  sections: [{ type: "grid", cards: [card("costs")] }],
});

/** A view of all alerts, or of all actions. */
export const historyView = (part, title) => ({
  title,
  path: part,
  subview: true,
  type: "sections",
  max_columns: 1,
  sections: [{ type: "grid", cards: [card(part, { all: true })] }],
});
