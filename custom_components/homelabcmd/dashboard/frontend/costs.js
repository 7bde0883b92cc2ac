// Who costs what: this month against the last, and what a month comes to.

const SOURCES = {
  tdp: (text) => text("source_tdp"),
  cpu: (text) => text("source_cpu"),
  rapl: (text) => text("source_rapl"),
  sensor: (text) => text("source_sensor"),
};

// Of a currency: less is not worth a bar.
const ENOUGH = 0.1;

/** How money is written, in Home Assistant's currency. */
export const moneyFormat = (language, currency) =>
  new Intl.NumberFormat(language, { style: "currency", currency });

/** A part of the most there is, in percent. */
const share = (value, most) =>
  most > 0 ? Math.max(0, Math.min(100, (value / most) * 100)) : 0;

function row(server, bar, money, { text, language, base }) {
  const { power, cost_this_month: spent, cost_last_month: before, cost } = server;
  const watts = power.typical_watts;
  const draw = watts == null ? "" : `${new Intl.NumberFormat(language).format(watts)} W`;
  return {
    key: server.server_id,
    href: `${base}/server-${server.server_id}`,
    name: server.name,
    share: bar(server),
    about: [draw, SOURCES[power.source]?.(text), power.problem && text("power_problem")]
      .filter(Boolean)
      .join(" · "),
    spent: money.format(spent),
    before: money.format(before),
    month: watts == null ? "–" : money.format(cost.monthly),
  };
}

/** The rows of all servers, the dearest first, and their sums. */
export function costModel(servers, context) {
  const { language, currency } = context;
  const money = moneyFormat(language, currency);
  const { compare } = new Intl.Collator(language, { numeric: true });
  const dearest = (a, b) =>
    b.cost_this_month - a.cost_this_month ||
    b.cost.monthly - a.cost.monthly ||
    compare(a.name, b.name);
  const ordered = [...servers].sort(dearest);
  const most = (of) => Math.max(0, ...ordered.map(of));
  const spent = (server) => server.cost_this_month;
  const expected = (server) => server.cost.monthly;
  // While a month is young, bars say what is to be expected of it.
  const of = most(spent) >= ENOUGH ? spent : expected;
  const bar = (server) => share(of(server), most(of));
  const sum = (of) => money.format(ordered.reduce((all, server) => all + of(server), 0));
  return {
    rows: ordered.map((server) => row(server, bar, money, context)),
    total: {
      spent: sum(spent),
      before: sum((server) => server.cost_last_month),
      month: sum(expected),
    },
  };
}
