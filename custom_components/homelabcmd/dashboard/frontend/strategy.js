// The dashboard strategy `custom:homelabcmd`: an overview, and a view for each server.

import { define, started } from "./define.js";
import { PLATFORM, findDevices, isServer } from "./devices.js";
import { listenForDialogs } from "./open-dialogs.js";
import { PARTS, costsView, historyView, overviewView } from "./overview-view.js";
import { scansView } from "./scans-view.js";
import { serverView } from "./server-view.js";
import { loadTexts } from "./texts.js";

// They need the frontend's own HTMLElement, which it puts in place while it starts.
const elements = started.then(() => import("./elements.js"));
const SERVER = `${PLATFORM}-server`;

class HomelabCmdStrategy extends HTMLElement {
  static noEditor = true;

  static registryDependencies = ["entities", "devices"];

  static async generate(_config, hass) {
    const [text] = await Promise.all([loadTexts(hass), elements]);
    const devices = findDevices(hass);
    const servers = devices.filter(isServer);
    return {
      title: "HomelabCmd",
      views: [
        overviewView(devices, servers, hass.user.is_admin, text),
        costsView(text("costs")),
        scansView(text),
        ...PARTS.map((part) => historyView(part, text(part))),
        ...servers.map(({ serverId, name }) => ({
          title: name,
          path: `server-${serverId}`,
          subview: true,
          strategy: { type: `custom:${SERVER}`, server: serverId },
        })),
      ],
    };
  }
}

class ServerStrategy extends HTMLElement {
  static noEditor = true;

  static registryDependencies = ["entities", "devices"];

  static async generate({ server: wanted }, hass) {
    const text = await loadTexts(hass);
    const server = findDevices(hass).find(
      (device) => isServer(device) && device.serverId === wanted,
    );
    return server ? serverView(server, hass.user.is_admin, text) : { cards: [] };
  }
}

listenForDialogs();
define(`ll-strategy-dashboard-${PLATFORM}`, HomelabCmdStrategy);
define(`ll-strategy-view-${SERVER}`, ServerStrategy);

// Offers it under "Add dashboard", Home Assistant 2026.5 and later.
window.customStrategies = window.customStrategies || [];
if (!window.customStrategies.some(({ type }) => type === PLATFORM)) {
  window.customStrategies.push({
    type: PLATFORM,
    strategyType: "dashboard",
    name: "HomelabCmd",
    description: "All servers at a glance, and a view for each",
  });
}
