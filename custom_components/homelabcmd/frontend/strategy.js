// The dashboard strategy `custom:homelabcmd`: one section per server, from core cards.

const PLATFORM = "homelabcmd";
const TAG = `ll-strategy-dashboard-${PLATFORM}`;
const TEXTS = `component.${PLATFORM}.selector.dashboard.options`;

// Our entities are known by their translation keys: their ids belong to the user.
const TOTALS = ["servers_online", "servers_offline", "cost_per_day"];
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

/** Our devices in the order of their names, each with its entities by key. */
function findDevices(hass) {
  const found = new Map();
  for (const entity of Object.values(hass.entities)) {
    if (entity.platform !== PLATFORM || !entity.translation_key) continue;
    const device = hass.devices[entity.device_id];
    if (!device) continue;
    if (!found.has(device.id)) {
      const name = device.name_by_user || device.name || "";
      found.set(device.id, { id: device.id, name, entities: {}, items: [] });
    }
    const { entities, items } = found.get(device.id);
    entities[entity.translation_key] = entity.entity_id;
    if (entity.hidden) continue;
    const { translation_key: key, entity_id, name } = entity;
    items.push({ key, id: entity_id, name: name || "" });
  }
  const { compare } = new Intl.Collator(hass.locale.language, { numeric: true });
  return [...found.values()].sort((a, b) => compare(a.name, b.name));
}

const when = (entity, state) => [{ condition: "state", entity, state }];

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

function serverSection({ id, name, entities, items }, text) {
  const { connectivity } = entities;
  const figures = FIGURES.filter(({ key }) => entities[key]);
  const online = when(connectivity, "on");
  const wide = { grid_options: { columns: "full" } };
  return {
    type: "grid",
    cards: [
      {
        type: "heading",
        heading: name,
        icon: "mdi:server",
        tap_action: {
          action: "navigate",
          navigation_path: `/config/devices/device/${id}`,
        },
        badges: [
          {
            type: "entity",
            entity: connectivity,
            color: "green",
            show_state: false,
            visibility: online,
          },
          ...[entities.main_temperature].filter(Boolean).map((entity) => ({
            type: "entity",
            entity,
            visibility: online,
          })),
        ],
      },
      ...figures.flatMap(({ key, color }) => {
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
      }),
      ...those(items, DISKS).flatMap((item) => {
        const tile = {
          type: "tile",
          entity: item.id,
          name: { type: "entity" },
          features_position: "inline",
          features: [{ type: "bar-gauge", min: 0, max: 100 }],
          ...wide,
        };
        return diskTiles(tile, online);
      }),
      ...those(items, WATCHED).map((item) => ({
        type: "tile",
        entity: item.id,
        name: { type: "entity" },
        color: "green",
        grid_options: { columns: item.name.length > SHORT ? "full" : 6 },
        visibility: online,
      })),
      {
        type: "tile",
        entity: connectivity,
        name: { type: "entity" },
        state_content: ["state", "last_changed"],
        visibility: when(connectivity, ["off", "unavailable"]),
        ...wide,
      },
      {
        type: "tile",
        entity: connectivity,
        name: text("waiting"),
        icon: "mdi:timer-sand",
        hide_state: true,
        visibility: when(connectivity, "unknown"),
        ...wide,
      },
    ],
  };
}

function emptySection(text) {
  return { type: "grid", cards: [{ type: "markdown", content: text("empty") }] };
}

function totalBadges(devices) {
  const { entities = {} } =
    devices.find((device) => TOTALS.some((key) => device.entities[key])) || {};
  return TOTALS.filter((key) => entities[key]).map((key) => ({
    type: "entity",
    entity: entities[key],
    name: { type: "entity" },
    show_name: true,
  }));
}

class HomelabCmdStrategy extends HTMLElement {
  static noEditor = true;

  static registryDependencies = ["entities", "devices"];

  static async generate(_config, hass) {
    const localize = await hass.loadBackendTranslation("selector", PLATFORM);
    const text = (key) => localize(`${TEXTS}.${key}`);
    const devices = findDevices(hass);
    const servers = devices.filter(({ entities }) => entities.connectivity);
    return {
      title: "HomelabCmd",
      views: [
        {
          title: text("servers"),
          path: "servers",
          type: "sections",
          max_columns: 4,
          badges: totalBadges(devices),
          sections: servers.length
            ? servers.map((server) => serverSection(server, text))
            : [emptySection(text)],
        },
      ],
    };
  }
}

// The frontend replaces window.customElements while it starts, and an element that was
// defined before is then unknown. So define now, and again once its root element exists.
const define = () =>
  customElements.get(TAG) || customElements.define(TAG, HomelabCmdStrategy);
define();
customElements.whenDefined("home-assistant").then(define);

// Offers it under "Add dashboard", Home Assistant 2026.5 and later.
window.customStrategies = window.customStrategies || [];
if (!window.customStrategies.some(({ type }) => type === PLATFORM)) {
  window.customStrategies.push({
    type: PLATFORM,
    strategyType: "dashboard",
    name: "HomelabCmd",
    description: "One section for each server",
  });
}
