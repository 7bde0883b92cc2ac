// A dialog as Home Assistant leads it, over its REST interface.

import { PLATFORM } from "./devices.js";

const FLOWS = "config/config_entries";
const PROGRESSED = "data_entry_flow_progressed";

const SERVER = {
  path: `${FLOWS}/subentries/flow`,
  category: "config_subentries",
  scope: "config_subentries.server",
};
const CONFIG = { path: `${FLOWS}/flow`, category: "config", scope: "config" };
const OPTIONS = { path: `${FLOWS}/options/flow`, category: "options", scope: "options" };

async function subentryOf(hass, entryId, server) {
  const all = await hass.callWS({
    type: "config_entries/subentries/list",
    entry_id: entryId,
  });
  return all.find(({ unique_id: id }) => id === server)?.subentry_id;
}

// What can be opened: which kind of dialog, for what, and what is chosen in it already.
const KINDS = {
  add: {
    ...SERVER,
    handler: (_hass, entryId) => ({ handler: [entryId, "server"] }),
  },
  edit: {
    ...SERVER,
    handler: async (hass, entryId, server) => ({
      handler: [entryId, "server"],
      subentry_id: await subentryOf(hass, entryId, server),
    }),
  },
  options: { ...OPTIONS, handler: (_hass, entryId) => ({ handler: entryId }) },
};
// The card of a device that was found has begun already.
KINDS.device = CONFIG;
KINDS.watch = { ...KINDS.edit, choice: "watch" };

export class Flow {
  #hass;
  #kind;
  #server;
  #id;

  constructor(hass, { dialog, server, flow }) {
    this.#hass = hass;
    this.#id = flow;
    this.#kind = KINDS[dialog];
    this.#server = server;
  }

  get base() {
    return `component.${PLATFORM}.${this.#kind.scope}`;
  }

  /** All texts of the dialog, and those of its selectors. */
  async texts() {
    await this.#hass.loadBackendTranslation("selector", PLATFORM);
    return this.#hass.loadBackendTranslation(this.#kind.category, PLATFORM);
  }

  /** Begin, if it has not yet; return the first step. */
  async start() {
    if (this.#id) return this.#call("GET", `/${this.#id}`);
    const { choice, handler } = this.#kind;
    const [entry] = await this.#hass.callWS({
      type: "config_entries/get",
      domain: PLATFORM,
    });
    const wanted = await handler(this.#hass, entry.entry_id, this.#server);
    const first = await this.#call("POST", "", wanted);
    this.#id = first.flow_id;
    return choice ? this.answer({ next_step_id: choice }) : first;
  }

  answer(data) {
    return this.#call("POST", `/${this.#id}`, data);
  }

  /** Call `progressed` with each step that comes by itself; return what ends that. */
  follow(progressed) {
    return this.#hass.connection.subscribeEvents(async ({ data }) => {
      if (data.flow_id === this.#id) progressed(await this.#call("GET", `/${this.#id}`));
    }, PROGRESSED);
  }

  /** Give up what is not finished. */
  end() {
    if (this.#id) this.#call("DELETE", `/${this.#id}`).catch(() => {});
  }

  #call(method, path, data) {
    return this.#hass.callApi(method, `${this.#kind.path}${path}`, data);
  }
}
