// The totals over all servers, above everything else.

// What is not well has a colour as soon as there is any of it.
const TOTALS = [
  { key: "servers_online" },
  { key: "servers_offline", alarming: "red" },
  { key: "servers_with_alert", alarming: "orange" },
  { key: "cost_per_day" },
];

export function totalBadges(devices) {
  const { entities = {} } =
    devices.find((device) => TOTALS.some(({ key }) => device.entities[key])) || {};
  return TOTALS.filter(({ key }) => entities[key]).flatMap(({ key, alarming }) => {
    const entity = entities[key];
    const badge = {
      type: "entity",
      entity,
      name: { type: "entity" },
      show_name: true,
    };
    if (!alarming) return [badge];
    const any = { condition: "numeric_state", entity, above: 0 };
    return [
      { ...badge, color: alarming, visibility: [any] },
      { ...badge, visibility: [{ condition: "not", conditions: [any] }] },
    ];
  });
}
