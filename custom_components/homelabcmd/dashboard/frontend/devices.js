// Our devices and their entities, as the frontend's registries have them.

export const PLATFORM = "homelabcmd";

/**
 * Our devices in the order of their names, each with its entities by key.
 *
 * Our entities are known by their translation keys: their ids belong to the user. Those
 * whose keys are in `without` are left out.
 */
export function findDevices(hass, without = []) {
  const found = new Map();
  for (const entity of Object.values(hass.entities)) {
    if (entity.platform !== PLATFORM || !entity.translation_key) continue;
    if (without.includes(entity.translation_key)) continue;
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
