// The overview: totals, a card for each server, recent alerts, what is to be decided.

import { SETTINGS, button } from "./buttons.js";
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

const emptySection = (text) => ({
  type: "grid",
  cards: [{ type: "markdown", content: text("empty") }],
});

function serversSection(isAdmin, text) {
  const buttons = [
    button(text("add"), "mdi:plus", SETTINGS),
    button(text("settings"), "mdi:cog", SETTINGS),
  ];
  return {
    type: "grid",
    column_span: 3,
    cards: [
      heading(text("servers"), "mdi:server", isAdmin ? buttons : []),
      card("servers"),
    ],
  };
}

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
      : [emptySection(text)],
  };
}

/** A view of all alerts, or of all actions. */
export const historyView = (part, title) => ({
  title,
  path: part,
  subview: true,
  type: "sections",
  max_columns: 1,
  sections: [{ type: "grid", cards: [card(part, { all: true })] }],
});
