// What is down and can be restarted has a tile for that, for administrators.

import { when } from "./conditions.js";

const BUTTONS = { service: "service_restart", container: "container_restart" };

/** The button that restarts an item; it has the item's name in its own. */
const buttonOf = (item, items) =>
  items
    .filter(({ key, name }) => key === BUTTONS[item.key] && name.includes(item.name))
    .sort((a, b) => a.name.length - b.name.length)[0];

/** Nothing, or a tile that is seen while the item is down and may be restarted. */
export function restartTiles(item, items, online, text) {
  const button = item.name && buttonOf(item, items);
  if (!button) return [];
  return [
    {
      type: "tile",
      entity: button.id,
      name: { type: "entity" },
      color: "red",
      hide_state: true,
      tap_action: {
        action: "perform-action",
        perform_action: "button.press",
        target: { entity_id: button.id },
        confirmation: { text: text("restart_now", { name: item.name }) },
      },
      grid_options: { columns: "full" },
      visibility: [
        ...online,
        ...when(item.id, "off"),
        { condition: "not", conditions: when(button.id, "unavailable") },
      ],
    },
  ];
}
