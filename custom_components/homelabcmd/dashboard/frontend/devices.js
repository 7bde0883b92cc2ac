// Our devices and their entities, as the frontend's registries have them.

export const PLATFORM = "homelabcmd";

// Whoever is no administrator can't press them.
const ADMINS_ONLY = ["service_restart", "container_restart"];

const serverIdOf = (device) =>
  (device.identifiers || []).find(([domain]) => domain === PLATFORM)?.[1] ?? device.id;

/**
 * Our devices in the order of their names, each with its entities by key.
 *
 * Our entities are known by their translation keys: their ids belong to the user.
 */
export function findDevices(hass) {
  const found = new Map();
  for (const entity of Object.values(hass.entities)) {
    if (entity.platform !== PLATFORM || !entity.translation_key) continue;
    if (!hass.user.is_admin && ADMINS_ONLY.includes(entity.translation_key)) continue;
    const device = hass.devices[entity.device_id];
    if (!device) continue;
    if (!found.has(device.id)) {
      const name = device.name_by_user || device.name || "";
      const serverId = serverIdOf(device);
      found.set(device.id, { id: device.id, serverId, name, entities: {}, items: [] });
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

export const isServer = ({ entities }) => Boolean(entities.connectivity);
