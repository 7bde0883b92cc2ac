// The view of one server, in the order of what is looked for first.

import { button, dialogButton } from "./buttons.js";
import { diskIds, others, tile, watchedItems } from "./server-tiles.js";
import { when } from "./conditions.js";
import { serverHeading } from "./heading.js";

const WIDE = { grid_options: { columns: "full" } };
const own = (name, more) => ({ type: `custom:homelabcmd-${name}`, ...WIDE, ...more });

/** A section with a heading; none if there is nothing to show in it. */
function section(title, icon, cards, more) {
  if (!cards.length) return [];
  const heading = { type: "heading", heading: title, icon };
  return [{ type: "grid", cards: [heading, ...cards], ...more }];
}

// Beside the name they would be out of sight on a phone.
function buttonsCard({ id, serverId }, isAdmin, text) {
  const change = [
    dialogButton(text("edit"), "mdi:pencil", "edit", serverId),
    dialogButton(text("services"), "mdi:playlist-check", "watch", serverId),
  ];
  const logs = `/logbook?device_id=${id}`;
  return {
    type: "heading",
    heading: "",
    badges: [
      ...(isAdmin ? change : []),
      button(text("logs"), "mdi:text-box-outline", logs),
    ],
  };
}

const shown = (entities, keys) => keys.map((key) => entities[key]).filter(Boolean);

/** The entities of each graph. */
function graphs(server, text) {
  const { entities } = server;
  return [
    { title: text("cpu"), entities: shown(entities, ["cpu_percent"]) },
    { title: text("memory"), entities: shown(entities, ["memory_percent"]) },
    { title: text("disks"), entities: diskIds(server), whole: true },
    { title: text("network"), entities: shown(entities, ["network_rx", "network_tx"]) },
  ].filter((graph) => graph.entities.length);
}

export function serverView(server, isAdmin, text) {
  const { entities, items, serverId } = server;
  const disks = diskIds(server);
  const watched = watchedItems(items);
  // What is in a server that is silent nobody knows.
  const online = { visibility: when(entities.connectivity, "on") };
  const switches = shown(entities, ["maintenance"]);
  return {
    type: "sections",
    max_columns: 3,
    sections: [
      {
        type: "grid",
        column_span: 3,
        cards: [
          serverHeading(server, text),
          own("facts", { server: serverId, part: "state" }),
          buttonsCard(server, isAdmin, text),
        ],
      },
      ...section(
        text("usage"),
        "mdi:chart-line",
        [own("graphs", { graphs: graphs(server, text) })],
        { column_span: 3 },
      ),
      ...section(
        text("services"),
        "mdi:playlist-check",
        watched.length ? [own("watched", { items: watched })] : [],
        online,
      ),
      ...section(
        text("disks"),
        "mdi:harddisk",
        disks.length ? [own("disks", { server: serverId, entities: disks })] : [],
        online,
      ),
      ...section(
        text("temperatures"),
        "mdi:thermometer",
        [
          ...shown(entities, ["main_temperature"]),
          ...others(items, ["item_temperature"]).map(({ id }) => id),
        ].map((id) => tile(id)),
        online,
      ),
      ...section(text("updates"), "mdi:package-up", [
        ...shown(entities, ["system_update"]).map((id) => tile(id)),
        ...switches.map((id) =>
          tile(id, {
            features_position: "inline",
            features: [{ type: "toggle" }],
          }),
        ),
      ]),
      ...section(text("cost"), "mdi:cash", [
        own("facts", { server: serverId, part: "cost" }),
      ]),
      ...section(
        text("recent_alerts"),
        "mdi:bell-alert",
        [own("alerts", { server: serverId, all: true })],
        { column_span: 2 },
      ),
      ...section(text("actions"), "mdi:clipboard-check-outline", [
        own("actions", { server: serverId, all: true }),
      ]),
    ],
  };
}
