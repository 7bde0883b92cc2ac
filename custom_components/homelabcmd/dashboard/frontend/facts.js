// What is written about one server; what is not known is left out.

import { moneyFormat } from "./costs.js";
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

export function costFacts(server, { text, language, currency }) {
  const { cost, power, tdp_watts: tdp } = server;
  const money = moneyFormat(language, currency);
  const watts = (value) => `${new Intl.NumberFormat(language).format(value)} W`;
  const typical = power.typical_watts;
  const estimated = typical == null ? {} : cost;
  const expected = (value) => value != null && money.format(value);
  return facts([
    ["tdp", text("tdp"), watts(tdp)],
    ["typical", text("typical_draw"), power.source !== "tdp" && typical != null && watts(typical)],
    ["spent", text("this_month"), money.format(server.cost_this_month)],
    ["day", text("per_day"), expected(estimated.daily)],
    ["month", text("per_month"), expected(estimated.monthly)],
    ["year", text("per_year"), expected(estimated.yearly)],
    ["problem", text("source"), power.problem && text("power_problem")],
  ]);
}
