// What the hub tells of its servers, shared by all elements of a page.

import { PLATFORM } from "./devices.js";

const TYPE = `${PLATFORM}/overview/subscribe`;
// While Home Assistant starts it does not know the command yet.
const RETRY_MS = 3000;
// Whoever goes from one view to the next comes back at once.
const LINGER_MS = 10000;

/** What is known after a message: all of it anew, or with what changed. */
export function merged(known, { all, servers, gone = [], ...rest }) {
  const kept = all || !known ? new Map() : new Map(known.servers);
  for (const server of servers) kept.set(server.server_id, server);
  for (const id of gone) kept.delete(id);
  return { ...(all ? {} : known), ...rest, servers: kept };
}

class Feed {
  #connection;
  #listeners = new Set();
  #known;
  #running = false;
  #round = 0;
  #retry;
  #linger;
  #unsubscribe;

  constructor(connection) {
    this.#connection = connection;
  }

  add(listener) {
    clearTimeout(this.#linger);
    this.#listeners.add(listener);
    if (this.#known) listener(this.#known);
    if (!this.#running) this.#start();
    return () => this.#remove(listener);
  }

  #remove(listener) {
    this.#listeners.delete(listener);
    if (this.#listeners.size) return;
    clearTimeout(this.#linger);
    this.#linger = setTimeout(() => this.#stop(), LINGER_MS);
  }

  #start() {
    this.#running = true;
    this.#connection.addEventListener("ready", this.#subscribe);
    this.#subscribe();
  }

  #stop() {
    this.#connection.removeEventListener("ready", this.#subscribe);
    clearTimeout(this.#retry);
    this.#running = false;
    this.#round += 1;
    this.#known = undefined;
    this.#unsubscribe?.().catch(() => {});
    this.#unsubscribe = undefined;
  }

  // Each connection that is lost takes its subscription along.
  #subscribe = async () => {
    clearTimeout(this.#retry);
    this.#round += 1;
    const round = this.#round;
    this.#unsubscribe = undefined;
    try {
      const unsubscribe = await this.#connection.subscribeMessage(
        (news) => round === this.#round && this.#take(news),
        { type: TYPE },
        { resubscribe: false },
      );
      if (round === this.#round) this.#unsubscribe = unsubscribe;
      else unsubscribe().catch(() => {});
    } catch {
      if (round !== this.#round || !this.#connection.connected) return;
      this.#retry = setTimeout(this.#subscribe, RETRY_MS);
    }
  };

  #take(news) {
    this.#known = merged(this.#known, news);
    for (const listener of this.#listeners) listener(this.#known);
  }
}

const feeds = new WeakMap();

/** Call `listener` with all that is known, now and with each change. */
export function follow(connection, listener) {
  if (!feeds.has(connection)) feeds.set(connection, new Feed(connection));
  return feeds.get(connection).add(listener);
}
