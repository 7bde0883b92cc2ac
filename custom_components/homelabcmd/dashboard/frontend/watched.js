// What is written about a service or a container that is watched.

import { size, percentFine } from "./times.js";

const ICONS = {
  on: { icon: "mdi:check-circle", mark: "online" },
  off: { icon: "mdi:close-octagon", mark: "offline" },
};
const UNKNOWN = { icon: "mdi:help-circle", mark: "unknown" };

/** What it uses, as far as it is told: "CPU 1.2%", "210 MB". */
function usage({ cpu_percent: cpu, memory_mb: memory }, { text, language }) {
  return [
    cpu != null && `${text("cpu")} ${percentFine(cpu, language)}`,
    memory != null && size(memory, language),
  ];
}

/**
 * An item by the states of its entity and of the button that restarts it.
 *
 * `say` has the frontend's words for states and attributes.
 */
export function watchedModel({ id, name, state, restart }, context, say) {
  const { state: running, attributes = {} } = state || {};
  return {
    key: id,
    name,
    ...(ICONS[running] || UNKNOWN),
    about: [
      state && say.state(state),
      attributes.problem && say.problem(state),
      ...(running === "on" ? usage(attributes, context) : []),
    ]
      .filter(Boolean)
      .join(" · "),
    restart:
      running === "off" && restart && restart.state !== "unavailable"
        ? restart.entity_id
        : "",
  };
}
