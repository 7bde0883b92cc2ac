// The disks of a server: in which colour, and when they will be full.

import { ahead } from "./times.js";

const COLORS = { critical: "red", high: "orange", medium: "amber", low: "blue" };
const WELL = "teal";

/** The colour of a disk by the levels that are set for its server, the worst last. */
export function diskColor(percent, levels = []) {
  const reached = levels.filter(({ threshold }) => percent >= threshold).at(-1);
  return COLORS[reached?.severity] || WELL;
}

export const diskTile = (entity, color) => ({
  type: "tile",
  entity,
  name: { type: "entity" },
  color,
  features_position: "inline",
  features: [{ type: "bar-gauge", min: 0, max: 100 }],
});

export const fullText = (moment, { text, now, language }) =>
  moment ? text("full", { time: ahead(moment, now, language) }) : "";
