// The element `homelabcmd-disks`: core tiles in the colours of the server's own
// thresholds, and when each disk will be full.

import { BaseElement } from "./base-element.js";
import { PLATFORM } from "./devices.js";
import { diskColor, diskTile, fullText } from "./disks.js";
import { element } from "./dom.js";

const STYLE = `
.disks { display: flex; flex-direction: column; gap: 8px; }
.about { padding: 4px 12px 0; font-size: 13px; }
.about:empty { display: none; }
`;
// The statistics that the forecast is made of are made each hour.
const AGAIN_MS = 3600000;

export class DisksElement extends BaseElement {
  static style = STYLE;

  #disks = [];
  #levels;
  #fullAt = {};
  #asked = 0;

  async build(root) {
    const list = element("div", { class: "disks" });
    root.append(list);
    const { createCardElement } = await window.loadCardHelpers();
    this.#disks = this.config.entities.map((id) => {
      const color = this.#colorOf(id);
      const card = createCardElement(diskTile(id, color));
      card.hass = this.hass;
      const about = element("div", { class: "about" });
      list.append(element("div", {}, card, about));
      return { id, card, color, about };
    });
    if (this.known) this.update(this.known);
  }

  update({ servers }) {
    this.#levels = servers.get(this.config.server)?.disk_levels;
    for (const { id, about } of this.#disks) {
      about.textContent = fullText(this.#fullAt[id], this.context);
    }
    this.#paint();
    if (Date.now() - this.#asked > AGAIN_MS) this.#ask();
  }

  pass(hass) {
    for (const { card } of this.#disks) card.hass = hass;
    this.#paint();
  }

  #colorOf(id) {
    return diskColor(Number(this.hass.states[id]?.state), this.#levels);
  }

  #paint() {
    for (const disk of this.#disks) {
      const color = this.#colorOf(disk.id);
      if (color !== disk.color) disk.card.setConfig(diskTile(disk.id, color));
      disk.color = color;
    }
  }

  async #ask() {
    this.#asked = Date.now();
    try {
      const answer = await this.hass.callWS({
        type: `${PLATFORM}/forecast`,
        server_id: this.config.server,
      });
      this.#fullAt = answer.full_at;
    } catch {
      // Then nothing is said; it is asked for again.
    }
    if (this.known && this.isConnected) this.update(this.known);
  }
}
