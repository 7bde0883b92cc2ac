// The list of scans: what is written about each, and what can be done with it.

import { ago } from "./times.js";

const UNFINISHED = ["pending", "running"];
const SSH_PORT = 22;

const STATUSES = {
  pending: { icon: "mdi:timer-sand", say: (text) => text("scan_pending") },
  running: { icon: "mdi:radar", say: (text) => text("scan_running") },
  completed: { icon: "mdi:check-circle", say: (text) => text("scan_completed") },
  failed: { icon: "mdi:alert-circle", say: (text) => text("scan_failed") },
};

const TYPES = {
  quick: (text) => text("scan_quick"),
  full: (text) => text("scan_full"),
};

export const isUnfinished = ({ status }) => UNFINISHED.includes(status);

/** What is scanned, as it is kept with a key: host and port in one. */
export const placeOf = ({ target_hostname: host, port }) =>
  host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;

/** The same as people read it. */
export const nameOf = (scan) =>
  scan.port === SSH_PORT ? scan.target_hostname : placeOf(scan);

/** What is sent to scan the same again. */
export const targetOf = ({ target_hostname: host, port, username, scan_type: type }) => ({
  host,
  port,
  username,
  scan_type: type,
});

/** All that is known, the newest first, after some of it was told anew. */
export function mergedScans(known, told) {
  const anew = new Set(told.map(({ scan_id: id }) => id));
  return [...told, ...known.filter(({ scan_id: id }) => !anew.has(id))];
}

/** How many of the newest have to be told anew while some are under way. */
export const howManyAgain = (scans) => scans.findLastIndex(isUnfinished) + 1;

/** Whether no later scan has been to the same place. */
export const isLatest = (scan, scans) =>
  scans.find((other) => placeOf(other) === placeOf(scan))?.scan_id === scan.scan_id;

export function scanModel(scan, { text, now, language, admin }) {
  const { scan_id: key, status, progress } = scan;
  const running = status === "running";
  const unsure = status === "completed" && !scan.verified;
  const { done, total } = progress;
  return {
    key,
    name: nameOf(scan),
    status,
    icon: STATUSES[status].icon,
    about: [
      STATUSES[status].say(text),
      running && text("scan_progress", { done, total }),
      TYPES[scan.scan_type](text),
      scan.username,
      ago(scan.initiated_at, now, language),
    ]
      .filter(Boolean)
      .join(" · "),
    unsure: unsure ? text("scan_unverified") : "",
    progress: running ? progress : null,
    cancel: Boolean(admin && isUnfinished(scan)),
  };
}

/** What is said aloud of a scan that has changed while somebody looks. */
export const spoken = (scan, text) => `${nameOf(scan)}: ${STATUSES[scan.status].say(text)}`;

// How the files are called that have a machine's keys.
const KEY_FILES = [
  ["ssh-ed25519", "ed25519"],
  ["ssh-rsa", "rsa"],
  ["ecdsa-", "ecdsa"],
];

/** What shows a key's fingerprint on the machine itself. */
export function fingerprintCommand(algorithm) {
  const [, kind] = KEY_FILES.find(([start]) => algorithm.startsWith(start)) || ["", "*"];
  return `ssh-keygen -lf /etc/ssh/ssh_host_${kind}_key.pub`;
}

/** The key that is trusted until now, as the repair of another one has it. */
export const trustedKey = (issues, scan) =>
  issues.find(
    ({ translation_key: key, translation_placeholders: values }) =>
      key === "host_key_changed" && values?.host === placeOf(scan),
  )?.translation_placeholders.trusted;

/** The file that a scan is exported to: its name and what is in it. */
export function exported(scan) {
  const host = scan.target_hostname.replaceAll(/[^a-zA-Z0-9._-]/g, "-");
  const [day] = scan.completed_at.split("T");
  return {
    name: `homelabcmd-scan-${host}-${day}.json`,
    content: `${JSON.stringify(scan, null, 2)}\n`,
  };
}
