// What is written on the cards: plain texts, from what the hub tells.

import { ago, lasting, percent } from "./times.js";

const PRESENCES = {
  online: { icon: "mdi:check-circle", say: (text) => text("online") },
  offline: { icon: "mdi:close-circle", say: (text) => text("offline") },
  unknown: { icon: "mdi:timer-sand", say: (text) => text("waiting") },
};

export const presenceText = (presence, text) => PRESENCES[presence].say(text);

const figure = (key, label, value, mark, { language }) => ({
  key,
  label,
  value: value == null ? "–" : percent(value, language),
  share: Math.min(100, Math.max(0, value ?? 0)),
  mark: mark || "",
});

/** The figures of a server; the disk is the worst that it has. */
function figures(server, context) {
  const { text } = context;
  const { cpu, memory, worst_disk: disk, marks } = server;
  const label = disk ? text("disk", { mount: disk.mount }) : text("disk_none");
  return [
    figure("cpu", text("cpu"), cpu, marks.cpu, context),
    figure("memory", text("memory"), memory, marks.memory, context),
    figure("disk", label, disk?.percent, marks.disk, context),
  ];
}

export function serverModel(server, context) {
  const { text, now, language, base } = context;
  const presence = PRESENCES[server.presence];
  const online = server.presence === "online";
  return {
    key: server.server_id,
    href: `${base}/server-${server.server_id}`,
    name: server.name,
    presence: server.presence,
    icon: presence.icon,
    state: presence.say(text),
    maintenance: server.maintenance ? text("maintenance") : "",
    uptime: server.up_since ? lasting(server.up_since, now, language) : "",
    since: server.since
      ? text("last_heard", { time: ago(server.since, now, language) })
      : "",
    figures: online ? figures(server, context) : [],
    down: server.down.length
      ? text("down", { names: server.down.join(", ") })
      : "",
  };
}

const SEVERITIES = {
  critical: "mdi:alert-octagon",
  high: "mdi:alert",
  medium: "mdi:alert-circle",
  low: "mdi:information",
};

/** How far an alert is, in a few words. */
function alertState(alert, { text, now, language }) {
  if (alert.status === "resolved") {
    const time = ago(alert.resolved_at, now, language);
    return alert.remedied ? text("remedied", { time }) : text("resolved", { time });
  }
  if (alert.status !== "acknowledged") return "";
  const name = alert.acknowledged_by;
  return name ? text("acknowledged_by", { name }) : text("acknowledged");
}

export function alertModel(alert, context) {
  const { text, now, language, base, admin } = context;
  const time = ago(alert.created_at, now, language);
  return {
    key: alert.alert_id,
    href: `${base}/server-${alert.server_id}`,
    severity: alert.severity,
    icon: SEVERITIES[alert.severity],
    ended: alert.status === "resolved",
    title: alert.title,
    message: alert.message,
    about: [text(alert.severity), time, alertState(alert, context)]
      .filter(Boolean)
      .join(" · "),
    acknowledge: admin && alert.status === "open",
  };
}

export function actionModel(action, context, statusText) {
  const { now, language, admin } = context;
  const { status = "pending", decided_by: by } = action;
  const pending = status === "pending";
  return {
    key: action.action_id,
    server: action.server_id,
    type: action.action_type,
    title: action.title,
    message: action.message,
    about: [!pending && statusText(status), ago(action.created_at, now, language), by?.name]
      .filter(Boolean)
      .join(" · "),
    decide: admin && pending,
    auto: Boolean(admin && pending && action.auto),
  };
}
