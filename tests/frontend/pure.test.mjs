// The pure parts of the dashboard's modules; run by test_modules.py.

import assert from "node:assert/strict";
import test from "node:test";

const FOLDER = "../../custom_components/homelabcmd/dashboard/frontend";
const load = (name) => import(`${FOLDER}/${name}.js`);

const { merged } = await load("overview-feed");
const { arranged, choices, known } = await load("server-list");
const { diskColor, fullText } = await load("disks");
const { ago, lasting, lastingLong, percent } = await load("times");
const { actionModel, alertModel, serverModel } = await load("models");
const { watchedModel } = await load("watched");
const { restartOf } = await load("restarts");
const { costModel } = await load("costs");
const { costFacts, stateFacts } = await load("facts");
const { PERIODS, graphCard } = await load("graphs");
const { filledIn, firstValues, isComplete, stepTexts } = await load("flow-texts");

const NOW = Date.parse("2026-03-02T12:00:00Z");
const text = (key, values) => [key, ...Object.values(values || {})].join(" ");
const context = { text, now: NOW, language: "en", base: "/x", admin: true };
const { compare } = new Intl.Collator("en", { numeric: true });

const server = (id, more) => ({
  server_id: id,
  name: id.toUpperCase(),
  device_id: `device-${id}`,
  presence: "online",
  since: null,
  location: null,
  tags: [],
  maintenance: false,
  cpu: 12.4,
  memory: null,
  worst_disk: { mount: "/srv", percent: 82 },
  up_since: "2026-02-28T12:00:00Z",
  marks: {},
  down: [],
  ...more,
});
const order = (servers) => servers.map(({ server_id: id }) => id);

test("first message is all there is, later ones change it", () => {
  const all = { all: true, servers: [server("a"), server("b")], alerts: [], actions: [] };
  const first = merged(undefined, all);
  const changed = server("b", { cpu: 99 });
  const later = merged(first, { all: false, servers: [changed], gone: ["a"] });
  assert.deepEqual([...later.servers.values()], [changed]);
  assert.equal(later.alerts, first.alerts);
  assert.equal(first.servers.size, 2);
  const anew = merged(later, { all: true, servers: [], alerts: [1], actions: [] });
  assert.deepEqual([anew.servers.size, anew.alerts], [0, [1]]);
});

test("offline servers come first, then those in trouble", () => {
  const servers = [
    server("b10"),
    server("b2"),
    server("new", { presence: "unknown" }),
    server("marked", { marks: { cpu: "medium" } }),
    server("gone", { presence: "offline" }),
  ];
  const by = (wanted) => order(arranged(servers, { order: "state", ...wanted }, compare));
  assert.deepEqual(by({}), ["gone", "marked", "b2", "b10", "new"]);
  assert.deepEqual(by({ order: "name" }), ["b2", "b10", "gone", "marked", "new"]);
});

test("servers are filtered by tag and by location", () => {
  const servers = [
    server("a", { tags: ["media", "x"], location: "Attic" }),
    server("b", { tags: ["media"], location: "" }),
  ];
  const by = (wanted) => order(arranged(servers, { order: "name", ...wanted }, compare));
  assert.deepEqual(by({ tag: "media" }), ["a", "b"]);
  assert.deepEqual(by({ tag: "media", location: "Attic" }), ["a"]);
  assert.deepEqual(choices(servers, compare), { tag: ["media", "x"], location: ["Attic"] });
});

test("names and areas of the user come before ours", () => {
  const hass = {
    devices: { "device-a": { name_by_user: "Mine", area_id: "attic" } },
    areas: { attic: { name: "Attic" } },
  };
  const mine = known(server("a", { location: "Cellar" }), hass);
  assert.deepEqual([mine.name, mine.location], ["Mine", "Attic"]);
  const plain = known(server("b", { location: "Cellar" }), hass);
  assert.deepEqual([plain.name, plain.location], ["B", "Cellar"]);
});

test("times and shares are short", () => {
  assert.equal(ago("2026-03-02T11:55:00Z", NOW, "en"), "5 min. ago");
  assert.equal(ago("2026-03-02T12:00:30Z", NOW, "en"), "0 sec. ago");
  assert.equal(lasting("2026-01-19T12:00:00Z", NOW, "en"), "42d");
  assert.equal(lastingLong("2026-02-18T07:28:00Z", NOW, "en"), "12d 4h 32m");
  assert.equal(percent(12.4, "en"), "12%");
});

test("card of a server names its worst disk and marks what is too high", () => {
  const model = serverModel(server("a", { marks: { disk: "high" }, down: ["plex"] }), context);
  assert.equal(model.href, "/x/server-a");
  assert.deepEqual(
    model.figures.map(({ label, value, mark }) => [label, value, mark]),
    [
      ["cpu", "12%", ""],
      ["memory", "–", ""],
      ["disk /srv", "82%", "high"],
    ],
  );
  assert.deepEqual([model.uptime, model.down], ["2d", "down plex"]);
});

test("card of a server that is offline tells since when", () => {
  const since = "2026-03-02T10:00:00Z";
  const silent = { presence: "offline", since, up_since: null };
  const model = serverModel(server("a", silent), context);
  assert.deepEqual(model.figures, []);
  assert.deepEqual([model.state, model.since], ["offline", "last_heard 2 hr. ago"]);
});

test("only an open alert can be acknowledged, and only by an administrator", () => {
  const alert = {
    alert_id: "1",
    server_id: "a",
    severity: "high",
    status: "open",
    created_at: "2026-03-02T11:00:00Z",
    resolved_at: "2026-03-02T11:30:00Z",
  };
  const model = (more, who) => alertModel({ ...alert, ...more }, { ...context, ...who });
  assert.equal(model().acknowledge, true);
  assert.equal(model({}, { admin: false }).acknowledge, false);
  const known = model({ status: "acknowledged", acknowledged_by: "Ann" });
  assert.equal(known.acknowledge, false);
  assert.equal(known.about, "high · 1 hr. ago · acknowledged_by Ann");
  const ended = model({ status: "resolved", remedied: true });
  assert.equal(ended.about, "high · 1 hr. ago · remedied 30 min. ago");
});

test("only what waits is decided, and Auto only where it is offered", () => {
  const action = { action_id: "1", created_at: "2026-03-02T11:00:00Z", auto: true };
  const model = (more, who) =>
    actionModel({ ...action, ...more }, { ...context, ...who }, (status) => status);
  const offers = ({ decide, auto }) => [decide, auto];
  assert.deepEqual(offers(model()), [true, true]);
  assert.deepEqual(offers(model({ auto: false })), [true, false]);
  assert.deepEqual(offers(model({ status: "completed" })), [false, false]);
  assert.deepEqual(offers(model({}, { admin: false })), [false, false]);
  const done = model({ status: "failed", decided_by: { name: "Ann" } });
  assert.equal(done.about, "failed · 1 hr. ago · Ann");
});

test("facts that are not known are left out", () => {
  const facts = stateFacts(server("a", { kernel: "6.1" }), context);
  assert.deepEqual(facts.map(({ key }) => key), ["state", "uptime", "kernel"]);
  const cost = { daily: 0.374, monthly: 11.232, yearly: 134.784 };
  const pounds = { ...context, currency: "GBP" };
  const typical = { source: "tdp", typical_watts: 65 };
  const server65 = { tdp_watts: 65, cost, cost_this_month: 1.5, power: typical };
  assert.deepEqual(
    costFacts(server65, pounds).map(({ value }) => value),
    ["65 W", "£1.50", "£0.37", "£11.23", "£134.78"],
  );
  // What a plug measures besides, and nothing made up while it says nothing.
  const plug = { source: "sensor", typical_watts: null, problem: "unavailable" };
  assert.deepEqual(
    costFacts({ ...server65, power: plug }, pounds).map(({ key }) => key),
    ["tdp", "spent", "problem"],
  );
});

test("the dearest server comes first, with its share of it, and all are summed up", () => {
  const costing = (id, spent, before, monthly, power) =>
    server(id, {
      cost: { monthly },
      cost_this_month: spent,
      cost_last_month: before,
      power: { source: "tdp", typical_watts: 10, ...power },
    });
  const unknown = { source: "sensor", typical_watts: null, problem: "missing" };
  const { rows, total } = costModel(
    [costing("a", 1, 2, 3), costing("b", 4, 0, 6), costing("c", 0, 0, 0, unknown)],
    { ...context, currency: "EUR" },
  );
  assert.deepEqual(rows.map(({ key, share }) => [key, share]), [["b", 100], ["a", 25], ["c", 0]]);
  assert.equal(rows[0].about, "10 W · source_tdp");
  assert.equal(rows[2].about, "source_sensor · power_problem");
  assert.equal(rows[2].month, "–");
  assert.deepEqual(total, { spent: "€5.00", before: "€2.00", month: "€9.00" });
  const young = [costing("a", 0, 0, 2), costing("b", 0.01, 0, 8)];
  const shares = costModel(young, { ...context, currency: "EUR" }).rows;
  assert.deepEqual(shares.map((each) => each.share), [100, 25], "what is to be expected");
  assert.deepEqual(costModel([], { ...context, currency: "EUR" }).rows, []);
});

test("a day is drawn from what was recorded, more from statistics", () => {
  const cards = PERIODS.map((period) => graphCard({ title: "CPU", entities: ["a"] }, period));
  assert.deepEqual(
    cards.map((card) => [card.type, card.hours_to_show || card.days_to_show]),
    [
      ["history-graph", 24],
      ["statistics-graph", 7],
      ["statistics-graph", 30],
      ["statistics-graph", 365],
    ],
  );
  const axes = PERIODS.map((period) => graphCard({ whole: true }, period).max_y_axis);
  assert.deepEqual(axes, [100, 100, 100, 100]);
});

const FIELDS = [
  { name: "name", required: true },
  { name: "watts", required: true, default: 50, description: { suggested_value: 65 } },
  { name: "tags", default: [] },
  {
    name: "disk",
    type: "expandable",
    schema: [{ name: "threshold", required: true, default: 80 }],
  },
];

test("fields of a dialog hold what is suggested, and must be filled in", () => {
  const values = firstValues(FIELDS);
  assert.deepEqual(values, { watts: 65, tags: [], disk: { threshold: 80 } });
  assert.equal(isComplete(FIELDS, values), false);
  const named = { ...values, name: "NAS" };
  assert.equal(isComplete(FIELDS, named), true);
  assert.equal(isComplete(FIELDS, { ...named, disk: { threshold: null } }), false);
  assert.deepEqual(filledIn({ name: "", watts: 0, tags: [] }), { watts: 0, tags: [] });
});

test("texts of a dialog are those of its step and of the section of a field", () => {
  const step = { step_id: "alerts_disk", reason: "saved", description_placeholders: {} };
  const texts = stepTexts((key) => (key.endsWith("unknown") ? "" : key), "x", step);
  const inSection = { path: ["disk"] };
  assert.equal(texts.title, "x.step.alerts_disk.title");
  assert.equal(texts.abort, "x.abort.saved");
  assert.equal(texts.label(FIELDS[3]), "x.step.alerts_disk.sections.disk.name");
  assert.equal(
    texts.label({ name: "threshold" }, {}, inSection),
    "x.step.alerts_disk.sections.disk.data.threshold",
  );
  assert.equal(
    texts.helper({ name: "threshold" }, inSection),
    "x.step.alerts_disk.sections.disk.data_description.threshold",
  );
  assert.equal(texts.label({ name: "unknown" }), "unknown");
  assert.equal(texts.error("unknown"), "unknown");
});

test("a disk has the colour of the worst level that it reaches", () => {
  const levels = [
    { threshold: 60, severity: "low" },
    { threshold: 70, severity: "critical" },
  ];
  const colors = [59.9, 60, 70, NaN].map((percent) => diskColor(percent, levels));
  assert.deepEqual(colors, ["teal", "blue", "red", "teal"]);
  assert.equal(diskColor(99), "teal");
});

test("when a disk is full is told in a unit that says no more than is known", () => {
  const days = (count) => new Date(NOW + count * 86400000).toISOString();
  const told = [0.2, 5.4, 13, 26, 100].map((count) => fullText(days(count), context));
  assert.deepEqual(told, [
    "full in 0 days",
    "full in 5 days",
    "full in 13 days",
    "full in 4 weeks",
    "full in 3 months",
  ]);
  assert.equal(fullText(undefined, context), "");
});

test("what runs tells what it uses, what is down can be restarted", () => {
  const say = { state: ({ state }) => state, problem: () => "a problem" };
  const model = (state, restart) =>
    watchedModel({ id: "a", name: "plex", state, restart }, context, say);
  const button = (state) => ({ entity_id: "button.plex", state });
  const attributes = { cpu_percent: 1.24, memory_mb: 1440 };
  const running = model({ state: "on", attributes }, button("unknown"));
  assert.deepEqual([running.about, running.restart], ["on · cpu 1.2% · 1.4 GB", ""]);
  const down = model({ state: "off", attributes }, button("unknown"));
  assert.deepEqual([down.about, down.restart], ["off", "button.plex"]);
  assert.equal(model({ state: "off" }, button("unavailable")).restart, "");
  assert.equal(model({ state: "off" }, undefined).restart, "");
  assert.equal(model({ state: "off", attributes: { problem: "x" } }).about, "off · a problem");
  assert.equal(model(undefined).about, "");
});

test("the button that restarts an item is the one with no more than its name", () => {
  const items = [
    { key: "service", name: "plex" },
    { key: "service_restart", name: "Restart plex-web", id: "button.plex_web" },
    { key: "service_restart", name: "Restart plex", id: "button.plex" },
    { key: "container_restart", name: "plex", id: "button.box" },
  ];
  assert.equal(restartOf(items[0], items), "button.plex");
  assert.equal(restartOf({ key: "container", name: "web" }, items), undefined);
});
