// A server's heading: how it is called, and by its badges how it is.

import { when } from "./conditions.js";

const SEVERE = ["critical", "high"];

/** A badge that can be touched to see more. */
const badge = (entity, more) => ({
  type: "entity",
  entity,
  tap_action: { action: "more-info" },
  ...more,
});

/**
 * How many alerts nobody has acknowledged, red or amber; or that all of them are.
 *
 * A frontend that can't ask for an attribute takes the state for it, so that there is
 * an amber one then.
 */
function alertBadges(entity) {
  const [raised] = when(entity, "on");
  const severe = { ...raised, attribute: "severity", state: SEVERE };
  const known = { ...raised, attribute: "open", state: "0" };
  const not = (condition) => ({ condition: "not", conditions: [condition] });
  const count = { icon: "mdi:alert-circle", state_content: "open" };
  return [
    badge(entity, {
      ...count,
      color: "red",
      visibility: [raised, severe, not(known)],
    }),
    badge(entity, {
      ...count,
      color: "amber",
      visibility: [raised, not(severe), not(known)],
    }),
    badge(entity, {
      icon: "mdi:check-circle-outline",
      color: "amber",
      show_state: false,
      visibility: [raised, known],
    }),
  ];
}

function presenceBadges(entity, text) {
  return [
    badge(entity, {
      name: text("online"),
      color: "green",
      show_state: false,
      visibility: when(entity, "on"),
    }),
    badge(entity, {
      name: text("offline"),
      state_content: "name",
      visibility: when(entity, "off"),
    }),
  ];
}

const maintenanceBadge = (entity) =>
  badge(entity, {
    color: "amber",
    show_state: false,
    visibility: when(entity, "on"),
  });

const temperatureBadge = (entity, online) => badge(entity, { visibility: online });

export function serverHeading({ id, name, entities }, text) {
  const { alert, connectivity, main_temperature, maintenance } = entities;
  return {
    type: "heading",
    heading: name,
    tap_action: {
      action: "navigate",
      navigation_path: `/config/devices/device/${id}`,
    },
    badges: [
      ...(alert ? alertBadges(alert) : []),
      ...(maintenance ? [maintenanceBadge(maintenance)] : []),
      ...presenceBadges(connectivity, text),
      ...(main_temperature
        ? [temperatureBadge(main_temperature, when(connectivity, "on"))]
        : []),
    ],
  };
}
