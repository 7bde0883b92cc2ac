// What is shown of a scan that is opened: how it failed, or what it has found out.

import { element } from "./dom.js";
import { sectionsNode } from "./report-view.js";
import { changesModel } from "./scan-changes.js";
import { reportModel } from "./scan-report.js";
import { fingerprintCommand } from "./scans.js";

const REPAIRS = "/config/repairs";

const paragraph = (content, attributes = {}) => element("p", attributes, content);

const fact = (label, value) =>
  element("div", {}, element("dt", {}, label), element("dd", {}, element("code", {}, value)));

function button(label, click, { key, main = false }) {
  const attributes = { type: "button", class: main && "main", "data-key": key };
  const made = element("button", attributes, label);
  made.addEventListener("click", async () => {
    made.disabled = true;
    await click();
    made.disabled = false;
  });
  return made;
}

const buttons = (...all) => element("div", { class: "buttons" }, ...all);

const again = (scan, { text, admin, repeat }) =>
  admin && button(text("scan_again"), () => repeat(scan), { key: `again ${scan.scan_id}` });

/** A key that nobody has looked at yet, and what to compare it with. */
function unknownKey(scan, context) {
  const { text, trust, trouble } = context;
  const decidable = context.admin && context.latest;
  const { algorithm, fingerprint } = scan.host_key;
  return [
    paragraph(text("key_unknown")),
    element(
      "dl",
      {},
      fact(text("key_shown", { algorithm }), fingerprint),
      fact(text("key_compare"), fingerprintCommand(algorithm)),
    ),
    decidable && paragraph(text("key_careful")),
    trouble && paragraph(trouble, { class: "trouble", role: "alert" }),
    buttons(
      decidable
        ? button(text("trust_and_scan"), () => trust(scan), {
            key: `trust ${scan.scan_id}`,
            main: true,
          })
        : again(scan, context),
    ),
  ];
}

/** Another key than the one that is trusted: the repair is where that is decided. */
function changedKey(scan, context) {
  const { text, admin, trusted } = context;
  const { algorithm, fingerprint } = scan.host_key;
  return [
    paragraph(text("key_changed"), { class: "warning" }),
    element(
      "dl",
      {},
      trusted && fact(text("key_trusted"), trusted),
      fact(text("key_shown", { algorithm }), fingerprint),
      fact(text("key_compare"), fingerprintCommand(algorithm)),
    ),
    buttons(
      admin &&
        trusted &&
        element("a", { href: REPAIRS, class: "button" }, text("to_repairs")),
      again(scan, context),
    ),
  ];
}

const FAILURES = { host_key_unknown: unknownKey, host_key_changed: changedKey };

function failed(scan, context) {
  const { code, message, detail } = scan.error;
  if (FAILURES[code]) return FAILURES[code](scan, context);
  return [
    paragraph(message),
    detail && element("div", { class: "about output" }, detail),
    buttons(again(scan, context)),
  ];
}

function completed(scan, context) {
  const { text, earlier, save } = context;
  if (!scan.results) return [paragraph(text("scan_no_result")), buttons(again(scan, context))];
  const changes = changesModel(scan, earlier, context);
  return [
    buttons(
      button(text("export"), () => save(scan), { key: `export ${scan.scan_id}` }),
      again(scan, context),
    ),
    !scan.verified &&
      paragraph(text("scan_unverified_long"), { class: "warning" }),
    element("h3", {}, changes.title),
    changes.about && paragraph(changes.about, { class: "about" }),
    changes.sections.length > 0 && sectionsNode(changes.sections, text),
    element("h3", {}, text("scan_found")),
    sectionsNode(reportModel(scan, context), text),
  ];
}

const BODIES = {
  pending: (_scan, { text }) => [paragraph(text("scan_waits"))],
  running: (_scan, { text }) => [paragraph(text("scan_runs"))],
  failed,
  completed,
};

/** The parts of an opened scan; what only administrators do is left out for others. */
export function scanBody(scan, context) {
  const parts = BODIES[scan.status](scan, context);
  return parts.filter((part) => part != null && part !== false && part !== "");
}
