// The dashboard strategy `custom:homelabcmd`: the alerts, then one section per server.

import { alertSection } from "./alerts.js";
import { PLATFORM, findDevices } from "./devices.js";
import { serverSection } from "./server.js";
import { totalBadges } from "./totals.js";

const TAG = `ll-strategy-dashboard-${PLATFORM}`;
const TEXTS = `component.${PLATFORM}.selector.dashboard.options`;

// Whoever is no administrator can't press them.
const ADMINS_ONLY = ["service_restart", "container_restart"];

const emptySection = (text) => ({
  type: "grid",
  cards: [{ type: "markdown", content: text("empty") }],
});

class HomelabCmdStrategy extends HTMLElement {
  static noEditor = true;

  static registryDependencies = ["entities", "devices"];

  static async generate(_config, hass) {
    const localize = await hass.loadBackendTranslation("selector", PLATFORM);
    const text = (key, values) => localize(`${TEXTS}.${key}`, values);
    const devices = findDevices(hass, hass.user.is_admin ? [] : ADMINS_ONLY);
    const servers = devices.filter(({ entities }) => entities.connectivity);
    return {
      title: "HomelabCmd",
      views: [
        {
          title: text("servers"),
          path: "servers",
          type: "sections",
          max_columns: 4,
          badges: totalBadges(devices),
          sections: servers.length
            ? [
                alertSection(servers, text),
                ...servers.map((server) => serverSection(server, text)),
              ]
            : [emptySection(text)],
        },
      ],
    };
  }
}

// The frontend replaces window.customElements while it starts, and an element that was
// defined before is then unknown. So define now, and again once its root element exists.
const define = () =>
  customElements.get(TAG) || customElements.define(TAG, HomelabCmdStrategy);
define();
customElements.whenDefined("home-assistant").then(define);

// Offers it under "Add dashboard", Home Assistant 2026.5 and later.
window.customStrategies = window.customStrategies || [];
if (!window.customStrategies.some(({ type }) => type === PLATFORM)) {
  window.customStrategies.push({
    type: PLATFORM,
    strategyType: "dashboard",
    name: "HomelabCmd",
    description: "One section for each server",
  });
}
