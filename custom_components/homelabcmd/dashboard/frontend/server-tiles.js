// The tiles of what is in a server.

import { when } from "./conditions.js";
import { restartTiles } from "./restarts.js";

const WATCHED = ["service", "container"];

// From which percentage on a disk has another colour.
const FULL = [
  { color: "teal", below: 80 },
  { color: "orange", above: 79.99, below: 90 },
  { color: "red", above: 89.99 },
];
const WIDE = { grid_options: { columns: "full" } };

/** The items of some kinds, in the order of their ids. */
export const others = (items, kinds) =>
  items
    .filter(({ key }) => kinds.includes(key))
    .sort((a, b) => (a.id < b.id ? -1 : 1));

export const tile = (entity, visibility, more) => ({
  type: "tile",
  entity,
  name: { type: "entity" },
  visibility,
  ...WIDE,
  ...more,
});

/** The disks, the root first; each once for each colour, of which one is seen. */
export function diskTiles({ entities, items }, online) {
  const root = entities.disk_percent ? [{ id: entities.disk_percent }] : [];
  return [...root, ...others(items, ["mount_percent"])].flatMap(({ id }) =>
    FULL.map(({ color, ...range }) =>
      tile(id, [...online, { condition: "numeric_state", entity: id, ...range }], {
        color,
        features_position: "inline",
        features: [{ type: "bar-gauge", min: 0, max: 100 }],
      }),
    ),
  );
}

export const watchedTiles = (items, online, text) =>
  others(items, WATCHED).flatMap((item) => [
    tile(item.id, online, { color: "green" }),
    ...restartTiles(item, items, online, text),
  ]);
