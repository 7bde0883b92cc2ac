// Which servers are shown, and in which order.

const troubled = ({ marks, down }) => down.length > 0 || Object.keys(marks).length > 0;

// The lower, the earlier: what needs somebody comes first.
const RANKS = [
  ({ presence }) => presence === "offline",
  (server) => troubled(server),
  ({ presence }) => presence === "online",
  () => true,
];

export const rank = (server) => RANKS.findIndex((applies) => applies(server));

/** A server as the user knows it: by the name and the area of its device. */
export function known(server, hass) {
  const device = hass.devices[server.device_id];
  const area = hass.areas?.[device?.area_id];
  return {
    ...server,
    name: device?.name_by_user || server.name,
    location: area?.name || server.location || "",
  };
}

/** What the servers can be filtered by, each once. */
export function choices(servers, compare) {
  const sorted = (values) => [...new Set(values)].filter(Boolean).sort(compare);
  return {
    tag: sorted(servers.flatMap(({ tags }) => tags)),
    location: sorted(servers.map(({ location }) => location)),
  };
}

export function arranged(servers, { tag, location, order }, compare) {
  const byName = (a, b) => compare(a.name, b.name);
  const byState = (a, b) => rank(a) - rank(b) || byName(a, b);
  return servers
    .filter((server) => !tag || server.tags.includes(tag))
    .filter((server) => !location || server.location === location)
    .sort(order === "name" ? byName : byState);
}
