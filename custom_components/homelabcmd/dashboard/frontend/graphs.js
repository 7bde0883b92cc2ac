// The core cards that draw a graph over a period.

// Within a day all that was recorded; beyond, the long-term statistics.
export const PERIODS = [
  { hours: 24, label: (text) => text("day") },
  { hours: 7 * 24, step: "hour", label: (text) => text("week") },
  { hours: 30 * 24, step: "hour", label: (text) => text("month") },
  { hours: 365 * 24, step: "day", label: (text) => text("year") },
];

// Else a disk on which nothing happens looks like one on which everything does.
const WHOLE = { min_y_axis: 0, max_y_axis: 100 };

/** A graph's card; a `whole` one shows all that a percentage can be. */
export function graphCard({ title, entities, whole }, { hours, step }) {
  const what = { title, entities, ...(whole && WHOLE) };
  if (!step) return { type: "history-graph", ...what, hours_to_show: hours };
  return {
    type: "statistics-graph",
    ...what,
    days_to_show: hours / 24,
    period: step,
    stat_types: ["mean"],
  };
}
