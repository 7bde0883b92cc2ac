// A heading's buttons, and what they do.

import { PLATFORM } from "./devices.js";

const badge = (label, icon, action) => ({
  type: "button",
  text: label,
  icon,
  tap_action: action,
});

export const button = (label, icon, path) =>
  badge(label, icon, { action: "navigate", navigation_path: path });

/** One that opens a dialog: see open-dialogs.js. */
export const dialogButton = (label, icon, dialog, server) =>
  badge(label, icon, {
    action: "fire-dom-event",
    [PLATFORM]: { dialog, server },
  });
