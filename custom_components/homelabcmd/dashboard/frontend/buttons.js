// Where a heading's buttons lead to.

import { PLATFORM } from "./devices.js";

/** The page where servers are added and changed. */
export const SETTINGS = `/config/integrations/integration/${PLATFORM}`;

export const button = (label, name, path) => ({
  type: "button",
  text: label,
  icon: name,
  tap_action: { action: "navigate", navigation_path: path },
});
