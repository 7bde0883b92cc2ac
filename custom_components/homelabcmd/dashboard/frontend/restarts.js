// Which button restarts what is watched.

const BUTTONS = { service: "service_restart", container: "container_restart" };

/** The button that restarts an item; it has the item's name in its own. */
export const restartOf = (item, items) =>
  items
    .filter(({ key, name }) => key === BUTTONS[item.key] && name.includes(item.name))
    .sort((a, b) => a.name.length - b.name.length)[0]?.id;
