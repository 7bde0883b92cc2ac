// The pure parts of what the dashboard shows of scans and devices; run by test_modules.py.

import assert from "node:assert/strict";
import test from "node:test";

const FOLDER = "../../custom_components/homelabcmd/dashboard/frontend";
const load = (name) => import(`${FOLDER}/${name}.js`);

const {
  exported,
  fingerprintCommand,
  howManyAgain,
  isLatest,
  mergedScans,
  nameOf,
  scanModel,
  targetOf,
  trustedKey,
} = await load("scans");
const { changesModel } = await load("scan-changes");
const { reportModel } = await load("scan-report");
const { deviceModel, networksModel } = await load("found-devices");

const NOW = Date.parse("2026-03-02T12:00:00Z");
const text = (key, values) => [key, ...Object.values(values || {})].join(" ");
const context = { text, now: NOW, language: "en", zone: "UTC", base: "/x", admin: true };

const scan = (id, more) => ({
  scan_id: id,
  target_hostname: "nas.lan",
  target_ip: "192.168.1.7",
  port: 22,
  username: "ana",
  scan_type: "quick",
  status: "completed",
  initiated_at: "2026-03-02T11:00:00Z",
  completed_at: "2026-03-02T11:01:00Z",
  progress: { done: 10, total: 10 },
  host_key: null,
  verified: true,
  error: null,
  missing: {},
  results: {},
  ...more,
});
const ids = (scans) => scans.map(({ scan_id: id }) => id);
const byKey = (sections) => Object.fromEntries(sections.map((each) => [each.key, each]));

test("what is told anew takes the place of what was known", () => {
  const known = [scan("b", { status: "running" }), scan("a")];
  const merged = mergedScans(known, [scan("c", { status: "pending" }), scan("b")]);
  assert.deepEqual(ids(merged), ["c", "b", "a"]);
  assert.equal(merged[1].status, "completed");
});

test("as many are asked for again as it takes to reach all that are under way", () => {
  assert.equal(howManyAgain([scan("b"), scan("a")]), 0);
  const waiting = scan("a", { status: "pending" });
  assert.equal(howManyAgain([scan("c"), waiting, scan("b")]), 2);
});

test("a scan under way says how far it is, and administrators can cancel it", () => {
  const running = scan("a", { status: "running", progress: { done: 3, total: 10 } });
  const model = scanModel(running, context);
  assert.match(model.about, /scan_running · scan_progress 3 10 · scan_quick · ana/);
  assert.deepEqual([model.progress.done, model.cancel], [3, true]);
  assert.equal(scanModel(running, { ...context, admin: false }).cancel, false);
  assert.equal(scanModel(scan("b"), context).cancel, false);
});

test("results that anybody could have made up say so", () => {
  assert.equal(scanModel(scan("a", { verified: false }), context).unsure, "scan_unverified");
  const failed = scan("a", { status: "failed", verified: false });
  assert.equal(scanModel(failed, context).unsure, "");
});

test("another port than that of SSH is part of the name", () => {
  assert.equal(nameOf(scan("a")), "nas.lan");
  assert.equal(nameOf(scan("a", { port: 2222 })), "nas.lan:2222");
  assert.equal(nameOf(scan("a", { target_hostname: "fd00::7", port: 2222 })), "[fd00::7]:2222");
});

test("only the last scan of a place can be answered", () => {
  const scans = [scan("c", { port: 2222 }), scan("b"), scan("a")];
  assert.deepEqual(
    scans.map((each) => isLatest(each, scans)),
    [true, true, false],
  );
});

test("the same can be scanned again", () => {
  assert.deepEqual(targetOf(scan("a")), {
    host: "nas.lan",
    port: 22,
    username: "ana",
    scan_type: "quick",
  });
});

test("a fingerprint is compared with that of the same kind of key", () => {
  assert.match(fingerprintCommand("ssh-ed25519"), /ssh_host_ed25519_key\.pub$/);
  assert.match(fingerprintCommand("ecdsa-sha2-nistp256"), /ssh_host_ecdsa_key\.pub$/);
  assert.match(fingerprintCommand("ssh-rsa"), /ssh_host_rsa_key\.pub$/);
  assert.match(fingerprintCommand("new"), /ssh_host_\*_key\.pub$/);
});

test("the key that is trusted comes from the repair of that place", () => {
  const issue = (host, trusted) => ({
    translation_key: "host_key_changed",
    translation_placeholders: { host, trusted },
  });
  const issues = [
    { translation_key: "agent_outdated", translation_placeholders: null },
    issue("nas.lan:2222", "SHA256:a"),
    issue("nas.lan:22", "SHA256:b"),
  ];
  assert.equal(trustedKey(issues, scan("a")), "SHA256:b");
  assert.equal(trustedKey([], scan("a")), undefined);
});

test("a file is named after the host and the day, whatever the host", () => {
  assert.equal(exported(scan("a")).name, "homelabcmd-scan-nas.lan-2026-03-02.json");
  const other = exported(scan("a", { target_hostname: "fd00::7" }));
  assert.equal(other.name, "homelabcmd-scan-fd00--7-2026-03-02.json");
  assert.deepEqual(JSON.parse(other.content).target_hostname, "fd00::7");
});

const difference = (more) => ({ added: [], removed: [], changed: [], ...more });

test("what has changed names the earlier scan's time and what was compared", () => {
  const results = {
    changes: {
      ports: difference({ added: ["tcp *:80"] }),
      disks: difference({ changed: [{ name: "/", before: "40 %", after: "41 %" }] }),
    },
  };
  const model = changesModel(scan("b", { results }), scan("a"), context);
  assert.match(model.title, /^scan_changes_since Mar 2, 2026, 11:01/);
  const { "change-ports": ports, "change-disks": disks, ...others } = byKey(model.sections);
  assert.deepEqual(ports.rows, [["tcp *:80", "scan_added"]]);
  assert.deepEqual(disks.rows, [["/", "40 % → 41 %"]]);
  assert.deepEqual(others, {});
});

test("a full scan says what could not be compared", () => {
  const same = difference();
  const results = { changes: { ports: same, disks: same, users: same } };
  const wanted = scan("b", { scan_type: "full", results });
  const { sections } = changesModel(wanted, undefined, context);
  const { "change-packages": packages, "change-users": users } = byKey(sections);
  assert.deepEqual(packages.notes, ["scan_not_compared"]);
  assert.deepEqual([users.rows, users.none], [[], "scan_no_change"]);
});

test("no change and no earlier scan are said in a sentence", () => {
  const same = { changes: { ports: difference(), disks: difference() } };
  const model = changesModel(scan("b", { results: same }), scan("a"), context);
  assert.deepEqual([model.about, model.sections], ["scan_nothing_changed", []]);
  const first = changesModel(scan("b", { results: { changes: null } }), undefined, context);
  assert.equal(first.about, "scan_first");
});

test("a report has the sections of its kind, and says what is missing", () => {
  const quick = reportModel(scan("a"), context);
  assert.deepEqual(
    quick.map(({ key }) => key),
    ["system", "disks", "updates", "ports", "logins"],
  );
  const full = reportModel(
    scan("a", {
      scan_type: "full",
      missing: { containers: "failed", interfaces: "missing", packages: "cut" },
      results: { packages: [{ name: "bash", version: "5.2" }], users: [] },
    }),
    context,
  );
  const { containers, network, packages, users } = byKey(full);
  assert.deepEqual(containers.notes, ["trouble_failed"]);
  assert.equal(containers.none, "");
  assert.deepEqual(network.notes, ["interfaces: trouble_missing"]);
  assert.deepEqual(packages.rows, [["bash", "5.2"]]);
  assert.deepEqual(packages.notes, ["trouble_cut"]);
  assert.equal(users.none, "scan_none");
});

test("the facts of a system are written in words", () => {
  const results = {
    os: { id: "debian", name: "Debian 12", version: "12" },
    kernel: { hostname: "nas", release: "6.1", machine: "x86_64" },
    cpu: { model: "", count: 4 },
    memory: { total_gb: 8, used_gb: 2, percent: 25 },
    uptime_seconds: 90000,
  };
  const { system } = byKey(reportModel(scan("a", { results }), context));
  assert.deepEqual(
    system.facts.map(({ label, value }) => [label, value]),
    [
      ["host_name", "nas"],
      ["operating_system", "Debian 12"],
      ["kernel", "6.1 (x86_64)"],
      ["processor", "× 4"],
      ["memory", "scan_used 2 GB 8 GB 25%"],
      ["uptime", "1d 1h 0m"],
    ],
  );
});

test("updates for security come first, and are counted with the others", () => {
  const results = {
    updates: [
      { name: "a", current: "1", candidate: "2", security: false },
      { name: "b", current: "", candidate: "3", security: true },
    ],
  };
  const { updates } = byKey(reportModel(scan("a", { results }), context));
  assert.equal(updates.title, "updates · 2");
  assert.deepEqual(updates.rows, [
    ["b", "3 · scan_security"],
    ["a", "1 → 2"],
  ]);
});

const device = (more) => ({
  device: "52:54:00:00:00:01",
  name: null,
  mac: "52:54:00:00:00:01",
  addresses: ["192.168.1.9", "fe80::1"],
  vendor: "Acme",
  ssh: true,
  server: null,
  sources: ["probe"],
  first_seen: "2026-03-01T12:00:00Z",
  last_seen: "2026-03-02T11:59:00Z",
  ...more,
});

test("a device is called by what is known of it, and can be scanned by its address", () => {
  const model = deviceModel(device(), context);
  assert.deepEqual([model.title, model.host, model.add], ["192.168.1.9", "192.168.1.9", true]);
  assert.equal(model.about, "fe80::1 · 52:54:00:00:00:01 · Acme · device_ssh");
  assert.equal(model.seen, "device_seen 1 day ago 1 min. ago");
  const only = deviceModel(device({ addresses: ["fe80::1"] }), context);
  assert.deepEqual([only.title, only.host], ["fe80::1", ""]);
});

test("a device that is a server leads to it and is not made one again", () => {
  const server = { server_id: "nas", name: "NAS" };
  const model = deviceModel(device({ name: "nas", server }), context);
  assert.deepEqual(model.server, { href: "/x/server-nas", name: "device_is NAS" });
  assert.equal(model.add, false);
});

test("who is no administrator can do nothing with a device", () => {
  const { host, add, forget } = deviceModel(device(), { ...context, admin: false });
  assert.deepEqual([host, add, forget], ["", false, false]);
});

test("networks that can't be probed say why", () => {
  const network = (name, more) => ({ network: name, adapter: "eth0", ...more });
  const { probes, others } = networksModel(
    [
      network("192.168.1.0/24", { probe: true, why: null, addresses: 253 }),
      network("10.0.0.0/8", { probe: false, why: "too_large", addresses: null }),
    ],
    context,
  );
  assert.deepEqual(probes, [{ network: "192.168.1.0/24", addresses: 253 }]);
  assert.deepEqual(others, ["network_not_probed 10.0.0.0/8 eth0 network_too_large"]);
});
