// Who is in the home network: what is written about each device, and about networks.

import { ago } from "./times.js";

/** Fired on the window when somebody wants a scan of a machine: the form takes it up. */
export const SCAN_WANTED = "homelabcmd-scan-wanted";

// Why a network is not asked through.
const REASONS = {
  too_large: (text) => text("network_too_large"),
  too_small: (text) => text("network_too_small"),
  public: (text) => text("network_public"),
  overlay: (text) => text("network_overlay"),
};

// It means nothing without the network interface.
const isLinkLocal = (address) => /^fe[89ab]/i.test(address);

export function deviceModel(device, { text, now, language, base, admin }) {
  const { device: key, name, mac, addresses, vendor, server } = device;
  const host = addresses.find((address) => !isLinkLocal(address));
  const title = name || addresses[0] || mac || key;
  return {
    key,
    title,
    icon: server ? "mdi:server" : "mdi:devices",
    server: server && {
      href: `${base}/server-${server.server_id}`,
      name: text("device_is", { name: server.name }),
    },
    about: [
      ...addresses.filter((address) => address !== title),
      mac !== title && mac,
      vendor,
      device.ssh && text("device_ssh"),
    ]
      .filter(Boolean)
      .join(" · "),
    seen: text("device_seen", {
      first: ago(device.first_seen, now, language),
      last: ago(device.last_seen, now, language),
    }),
    host: (admin && host) || "",
    add: Boolean(admin && !server),
    forget: Boolean(admin),
  };
}

/** The networks that can be asked through, and in words why others can't. */
export function networksModel(networks, { text }) {
  return {
    probes: networks
      .filter(({ probe }) => probe)
      .map(({ network, addresses }) => ({ network, addresses })),
    others: networks
      .filter(({ probe }) => !probe)
      .map(({ network, adapter, why }) => {
        const reason = REASONS[why]?.(text) || why || "";
        return text("network_not_probed", { network, adapter, reason });
      }),
  };
}
