// What a scan has found out, in sections: facts, rows of a table, and what is missing.

import { lastingLong, percent, size } from "./times.js";

const MB_PER_GB = 1000;

// Why something is not known.
const TROUBLES = {
  missing: (text) => text("trouble_missing"),
  failed: (text) => text("trouble_failed"),
  no_shell: (text) => text("trouble_no_shell"),
  timed_out: (text) => text("trouble_timed_out"),
  cut: (text) => text("trouble_cut"),
};

// What is worth a look about settings of an SSH server.
const SSH_SETTINGS = {
  PermitRootLogin: (text) => text("ssh_root_login"),
  PasswordAuthentication: (text) => text("ssh_passwords"),
  PermitEmptyPasswords: (text) => text("ssh_empty_passwords"),
  PubkeyAuthentication: (text) => text("ssh_no_keys"),
  X11Forwarding: (text) => text("ssh_x11"),
  PermitUserEnvironment: (text) => text("ssh_environment"),
  StrictModes: (text) => text("ssh_strict_modes"),
  IgnoreRhosts: (text) => text("ssh_rhosts"),
  HostbasedAuthentication: (text) => text("ssh_host_based"),
};

const gigabytes = (gb, language) => size(gb * MB_PER_GB, language);

const ofTotal = ({ used_gb: used, total_gb: total, percent: share }, { text, language }) =>
  text("scan_used", {
    used: gigabytes(used, language),
    total: gigabytes(total, language),
    share: percent(share, language),
  });

function uptime({ results, completed_at: end }, { language }) {
  const now = Date.parse(end);
  const since = new Date(now - results.uptime_seconds * 1000).toISOString();
  return lastingLong(since, now, language);
}

const systemFacts = (scan, context) => {
  const { text, language } = context;
  const { os, kernel, cpu, memory, load, uptime_seconds: up } = scan.results;
  const number = new Intl.NumberFormat(language);
  return [
    [text("host_name"), kernel?.hostname],
    [text("operating_system"), os?.name],
    [text("kernel"), kernel && `${kernel.release} (${kernel.machine})`],
    [text("processor"), cpu && [cpu.model, `× ${cpu.count}`].filter(Boolean).join(" ")],
    [text("memory"), memory && ofTotal(memory, context)],
    [text("load"), load && [load.one, load.five, load.fifteen].map(number.format).join(" · ")],
    [text("uptime"), up != null && uptime(scan, context)],
  ];
};

const networkFacts = ({ results }, { text }) => [
  [text("gateways"), results.gateways?.join(", ")],
  [text("name_servers"), results.name_servers?.join(", ")],
];

// Security first.
const byUrgency = (a, b) => Number(Boolean(b.security)) - Number(Boolean(a.security));

/**
 * The sections: `facts` are the names of what is asked for them, `list` of those the one
 * that is a list, of which each item is a row.
 */
const SECTIONS = [
  {
    key: "system",
    title: (text) => text("scan_system"),
    facts: ["os", "kernel", "cpu", "memory", "load", "uptime_seconds"],
    values: systemFacts,
  },
  {
    key: "disks",
    title: (text) => text("disks"),
    facts: ["disks"],
    columns: (text) => [text("mount"), text("scan_usage")],
    row: (disk, context) => [disk.mount, ofTotal(disk, context)],
  },
  {
    key: "updates",
    title: (text) => text("updates"),
    facts: ["updates"],
    columns: (text) => [text("package"), text("scan_newer")],
    order: byUrgency,
    row: ({ name, current, candidate, security }, { text }) => [
      name,
      [
        current ? `${current} → ${candidate}` : candidate,
        security && text("scan_security"),
      ]
        .filter(Boolean)
        .join(" · "),
    ],
  },
  {
    key: "ports",
    title: (text) => text("scan_ports"),
    facts: ["ports"],
    columns: (text) => [text("scan_port"), text("scan_address")],
    row: ({ protocol, port, address }, { text }) => [
      `${protocol} ${port}`,
      address === "*" ? text("scan_everywhere") : address,
    ],
  },
  {
    key: "logins",
    title: (text) => text("scan_logins"),
    facts: ["logins"],
    columns: (text) => [text("scan_user"), text("scan_terminal")],
    row: ({ user, terminal, origin }) => [
      user,
      [terminal, origin].filter(Boolean).join(" · "),
    ],
  },
  {
    key: "ssh_settings",
    full: true,
    title: (text) => text("scan_ssh"),
    facts: ["ssh_settings"],
    columns: (text) => [text("setting"), text("scan_meaning")],
    row: ({ name, value, default: unset }, { text }) => [
      [`${name} ${value}`, unset && text("scan_default")].filter(Boolean).join(" · "),
      SSH_SETTINGS[name]?.(text) || "",
    ],
  },
  {
    key: "failed_units",
    full: true,
    title: (text) => text("scan_failed_units"),
    facts: ["failed_units"],
    columns: (text) => [text("unit")],
    row: (name) => [name],
  },
  {
    key: "containers",
    full: true,
    title: (text) => text("scan_containers"),
    facts: ["containers"],
    columns: (text) => [text("scan_name"), text("state")],
    row: ({ name, image, status, engine }) => [name, `${status} · ${image} · ${engine}`],
  },
  {
    key: "network",
    full: true,
    title: (text) => text("network"),
    facts: ["interfaces", "gateways", "name_servers"],
    values: networkFacts,
    columns: (text) => [text("interface"), text("scan_addresses")],
    row: ({ name, up, mac, addresses }, { text }) => [
      up ? name : `${name} · ${text("scan_down")}`,
      [...addresses, mac].filter(Boolean).join(" · "),
    ],
  },
  {
    key: "users",
    full: true,
    title: (text) => text("scan_users"),
    facts: ["users"],
    columns: (text) => [text("scan_user"), text("shell")],
    row: ({ name, uid, shell }) => [`${name} (${uid})`, shell],
  },
  {
    key: "timers",
    full: true,
    title: (text) => text("scan_timers"),
    facts: ["timers"],
    columns: (text) => [text("scan_timer"), text("scan_starts")],
    row: ({ name, unit }) => [name, unit],
  },
  {
    key: "jobs",
    full: true,
    title: (text) => text("scan_jobs"),
    facts: ["jobs"],
    columns: (text) => [text("scan_program"), text("scan_when")],
    row: ({ schedule, program, user, source }) => [
      program,
      [schedule, user, source !== program && source].filter(Boolean).join(" · "),
    ],
  },
  {
    key: "packages",
    full: true,
    title: (text) => text("scan_packages"),
    facts: ["packages"],
    columns: (text) => [text("package"), text("version")],
    row: ({ name, version }) => [name, version],
  },
];

// How facts are called that share a section with others.
const NAMES = {
  os: (text) => text("operating_system"),
  kernel: (text) => text("kernel"),
  cpu: (text) => text("processor"),
  memory: (text) => text("memory"),
  load: (text) => text("load"),
  uptime_seconds: (text) => text("uptime"),
  interfaces: (text) => text("interfaces"),
  gateways: (text) => text("gateways"),
  name_servers: (text) => text("name_servers"),
};

/** Why something of a section is not known, or not in full. */
const notesOf = ({ facts }, missing, text) =>
  facts
    .filter((name) => missing[name])
    .map((name) => {
      const why = TROUBLES[missing[name]](text);
      return facts.length > 1 ? `${NAMES[name](text)}: ${why}` : why;
    });

function section(wanted, scan, context) {
  const { text, language } = context;
  const { key, title, facts, values, columns, row, order } = wanted;
  const found = columns && scan.results[facts[0]];
  const items = order ? [...(found || [])].sort(order) : found || [];
  const notes = notesOf(wanted, scan.missing, text);
  const count = items.length ? new Intl.NumberFormat(language).format(items.length) : "";
  return {
    key,
    title: [title(text), count].filter(Boolean).join(" · "),
    facts: (values?.(scan, context) || [])
      .filter(([, value]) => value)
      .map(([label, value]) => ({ key: label, label, value })),
    columns: columns?.(text) || [],
    rows: items.map((item) => row(item, context)),
    notes,
    none: columns && found && !notes.length ? text("scan_none") : "",
  };
}

/** The sections of a scan that has completed. */
export const reportModel = (scan, context) =>
  SECTIONS.filter(({ full }) => !full || scan.scan_type === "full").map((each) =>
    section(each, scan, context),
  );
