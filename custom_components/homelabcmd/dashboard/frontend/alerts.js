// The alerts that are not resolved, the worst first; nothing while there is none.

import { when } from "./conditions.js";

const SEVERITIES = [
  { severity: "critical", icon: "mdi:alert-octagon", color: "#f44336" },
  { severity: "high", icon: "mdi:alert", color: "#ff9800" },
  { severity: "medium", icon: "mdi:alert-circle", color: "#ffb300" },
  { severity: "low", icon: "mdi:information", color: "#2196f3" },
];
const MUTED = "#888888";

/** Has all that the servers' alert sensors tell in `found.all`. */
const collected = (sensors) => `
{%- set found = namespace(all=[]) %}
{%- for sensor in ${JSON.stringify(sensors)} %}
{%- set found.all = found.all + (state_attr(sensor, "alerts") or []) %}
{%- endfor %}`;

/** The rows of one severity. Titles have names from servers in them: no markup. */
const rows = ({ severity, icon, color }, text) => `
{%- for alert in found.all | selectattr("severity", "eq", "${severity}")
    | sort(attribute="since", reverse=true) %}
<tr><td><font color="${color}"><ha-icon icon="${icon}"></ha-icon></font></td>
<td>{{ alert.title | e }} <font color="${MUTED}">· ${text(severity)} ·
${text("since", { time: "{{ time_since(alert.since | as_datetime) }}" })}
{{- " · ${text("acknowledged")}" if alert.acknowledged }}</font></td></tr>
{%- endfor %}`;

const table = (sensors, text) =>
  [
    collected(sensors),
    '\n<table role="presentation">',
    ...SEVERITIES.map((row) => rows(row, text)),
    "\n</table>",
  ].join("");

export function alertSection(servers, text) {
  const sensors = servers.map(({ entities }) => entities.alert).filter(Boolean);
  return {
    type: "grid",
    column_span: 4,
    visibility: [
      { condition: "or", conditions: sensors.flatMap((id) => when(id, "on")) },
    ],
    cards: [
      { type: "heading", heading: text("alerts"), icon: "mdi:bell-alert" },
      {
        type: "markdown",
        content: table(sensors, text),
        grid_options: { columns: "full" },
      },
    ],
  };
}
