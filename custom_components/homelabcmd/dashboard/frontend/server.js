// A server's section, from core cards.

import { when } from "./conditions.js";
import { serverHeading } from "./heading.js";
import { restartTiles } from "./restarts.js";

const FIGURES = [
  { key: "cpu_percent", color: "blue" },
  { key: "memory_percent", color: "purple" },
  { key: "disk_percent", color: "teal" },
];

// Of these a server has as many as it has disks, or as are watched on it.
const DISKS = ["mount_percent"];
const WATCHED = ["service", "container"];

// From which percentage on a disk has another colour.
const FULL = [
  { color: "teal", below: 80 },
  { color: "orange", above: 79.99, below: 90 },
  { color: "red", above: 89.99 },
];
// Of a name with more letters, half a section's width shows only the beginning.
const SHORT = 12;
const WIDE = { grid_options: { columns: "full" } };

/** The items of some kinds, in the order of their ids. */
const those = (items, kinds) =>
  items
    .filter(({ key }) => kinds.includes(key))
    .sort((a, b) => (a.id < b.id ? -1 : 1));

/** A disk's tile, once for each colour; only one of them is seen. */
const diskTiles = (tile, online) =>
  FULL.map(({ color, ...range }) => ({
    ...tile,
    color,
    visibility: [
      ...online,
      { condition: "numeric_state", entity: tile.entity, ...range },
    ],
  }));

function figureTiles(entities, online) {
  const figures = FIGURES.filter(({ key }) => entities[key]);
  return figures.flatMap(({ key, color }) => {
    const tile = {
      type: "tile",
      entity: entities[key],
      name: { type: "entity" },
      vertical: true,
      features: [{ type: "bar-gauge", min: 0, max: 100 }],
      grid_options: { columns: 4 },
    };
    return key === "disk_percent"
      ? diskTiles(tile, online)
      : [{ ...tile, color, visibility: online }];
  });
}

const mountTiles = (item, online) =>
  diskTiles(
    {
      type: "tile",
      entity: item.id,
      name: { type: "entity" },
      features_position: "inline",
      features: [{ type: "bar-gauge", min: 0, max: 100 }],
      ...WIDE,
    },
    online,
  );

const watchedTile = (item, online) => ({
  type: "tile",
  entity: item.id,
  name: { type: "entity" },
  color: "green",
  grid_options: { columns: item.name.length > SHORT ? "full" : 6 },
  visibility: online,
});

/** What is shown of a server that does not report. */
const silenceTiles = (connectivity, text) => [
  {
    type: "tile",
    entity: connectivity,
    name: { type: "entity" },
    state_content: ["state", "last_changed"],
    visibility: when(connectivity, ["off", "unavailable"]),
    ...WIDE,
  },
  {
    type: "tile",
    entity: connectivity,
    name: text("waiting"),
    icon: "mdi:timer-sand",
    hide_state: true,
    visibility: when(connectivity, "unknown"),
    ...WIDE,
  },
];

export function serverSection(server, text) {
  const { entities, items } = server;
  const online = when(entities.connectivity, "on");
  return {
    type: "grid",
    cards: [
      serverHeading(server, text),
      ...figureTiles(entities, online),
      ...those(items, DISKS).flatMap((item) => mountTiles(item, online)),
      ...those(items, WATCHED).flatMap((item) => [
        watchedTile(item, online),
        ...restartTiles(item, items, online, text),
      ]),
      ...silenceTiles(entities.connectivity, text),
    ],
  };
}
