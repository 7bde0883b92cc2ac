// Who costs what: this month against the last, and what a month comes to.

const SOURCES = {
  tdp: (text) => text("source_tdp"),
  cpu: (text) => text("source_cpu"),
  rapl: (text) => text("source_rapl"),
  sensor: (text) => text("source_sensor"),
};

/** How money is written, in Home Assistant's currency. */
export const moneyFormat = (language, currency) =>
  new Intl.NumberFormat(language, { style: "currency", currency });

function row(server, most, money, { text, language, base }) {
  const { power, cost_this_month: spent, cost_last_month: before, cost } = server;
  const watts = power.typical_watts;
  const draw = watts == null ? "" : `${new Intl.NumberFormat(language).format(watts)} W`;
  return {
    key: server.server_id,
    href: `${base}/server-${server.server_id}`,
    name: server.name,
    // Of the dearest.
    share: most > 0 ? Math.max(0, Math.min(100, (spent / most) * 100)) : 0,
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
  const most = Math.max(0, ...ordered.map((server) => server.cost_this_month));
  const sum = (of) => money.format(ordered.reduce((all, server) => all + of(server), 0));
  return {
    rows: ordered.map((server) => row(server, most, money, context)),
    total: {
      spent: sum((server) => server.cost_this_month),
      before: sum((server) => server.cost_last_month),
      month: sum((server) => server.cost.monthly),
    },
  };
}
