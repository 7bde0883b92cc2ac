// What has changed on a machine between two scans.

import { moment } from "./times.js";

// What is compared; a quick scan asks less.
const SUBJECTS = [
  { key: "packages", title: (text) => text("scan_packages"), full: true },
  { key: "ports", title: (text) => text("scan_ports") },
  { key: "users", title: (text) => text("scan_users"), full: true },
  { key: "disks", title: (text) => text("disks") },
];

const rowsOf = ({ added, removed, changed }, text) => [
  ...added.map((name) => [name, text("scan_added")]),
  ...removed.map((name) => [name, text("scan_removed")]),
  ...changed.map(({ name, before, after }) => [name, `${before} → ${after}`]),
];

function subject({ key, title }, difference, text) {
  const rows = difference ? rowsOf(difference, text) : [];
  return {
    key: `change-${key}`,
    title: title(text),
    columns: [text("scan_what"), text("scan_change")],
    rows,
    notes: difference ? [] : [text("scan_not_compared")],
    none: text("scan_no_change"),
  };
}

/** What has changed; `earlier` is the scan that it was compared with, if it is known. */
export function changesModel(scan, earlier, context) {
  const { text, language, zone } = context;
  const { changes } = scan.results;
  if (!changes) return { title: text("scan_changes"), about: text("scan_first"), sections: [] };
  const time = earlier?.completed_at && moment(earlier.completed_at, language, zone);
  const asked = SUBJECTS.filter(({ full }) => !full || scan.scan_type === "full");
  const sections = asked.map((each) => subject(each, changes[each.key], text));
  const same = sections.every(({ rows, notes }) => !rows.length && !notes.length);
  return {
    title: time ? text("scan_changes_since", { time }) : text("scan_changes"),
    about: same ? text("scan_nothing_changed") : "",
    sections: same ? [] : sections,
  };
}
