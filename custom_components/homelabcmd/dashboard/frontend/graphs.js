// The core cards that draw a graph over a period.

// Within a day all that was recorded; beyond, the long-term statistics.
export const PERIODS = [
  { hours: 24, label: (text) => text("day") },
  { hours: 7 * 24, step: "hour", label: (text) => text("week") },
  { hours: 30 * 24, step: "hour", label: (text) => text("month") },
  { hours: 365 * 24, step: "day", label: (text) => text("year") },
];

export function graphCard({ title, entities }, { hours, step }) {
  if (!step) return { type: "history-graph", title, entities, hours_to_show: hours };
  return {
    type: "statistics-graph",
    title,
    entities,
    days_to_show: hours / 24,
    period: step,
    stat_types: ["mean"],
  };
}
