// What is written about one server; what is not known is left out.

import { presenceText } from "./models.js";
import { ago, lastingLong } from "./times.js";

const facts = (rows) =>
  rows
    .filter(([, , value]) => value)
    .map(([key, label, value]) => ({ key, label, value }));

export function stateFacts(server, { text, now, language }) {
  const { up_since: up, last_seen: seen } = server;
  return facts([
    ["state", text("state"), presenceText(server.presence, text)],
    ["uptime", text("uptime"), up && lastingLong(up, now, language)],
    ["seen", text("last_seen"), seen && ago(seen, now, language)],
    ["ip", text("ip_address"), server.ip_address],
    ["os", text("operating_system"), server.operating_system],
    ["kernel", text("kernel"), server.kernel],
  ]);
}

export function costFacts({ tdp_watts: watts, cost }, { text, language, currency }) {
  const money = new Intl.NumberFormat(language, { style: "currency", currency });
  return facts([
    ["tdp", text("tdp"), `${new Intl.NumberFormat(language).format(watts)} W`],
    ["day", text("per_day"), money.format(cost.daily)],
    ["month", text("per_month"), money.format(cost.monthly)],
    ["year", text("per_year"), money.format(cost.yearly)],
  ]);
}
