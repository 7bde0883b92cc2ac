// The tiles of what is in a server.

import { restartOf } from "./restarts.js";

const WATCHED = ["service", "container"];

const WIDE = { grid_options: { columns: "full" } };

/** The items of some kinds, in the order of their ids. */
export const others = (items, kinds) =>
  items
    .filter(({ key }) => kinds.includes(key))
    .sort((a, b) => (a.id < b.id ? -1 : 1));

export const tile = (entity, more) => ({
  type: "tile",
  entity,
  name: { type: "entity" },
  ...WIDE,
  ...more,
});

/** The entities that tell how full the disks are, the root first. */
export function diskIds({ entities, items }) {
  const root = entities.disk_percent ? [entities.disk_percent] : [];
  return [...root, ...others(items, ["mount_percent"]).map(({ id }) => id)];
}

/** What is watched, each with the button that restarts it, if there is one. */
export const watchedItems = (items) =>
  others(items, WATCHED).map((item) => ({
    id: item.id,
    name: item.name || item.id,
    restart: item.name ? restartOf(item, items) : undefined,
  }));
