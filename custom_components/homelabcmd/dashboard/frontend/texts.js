// Our texts, as Home Assistant has them in the user's language.

import { PLATFORM } from "./devices.js";

const TEXTS = `component.${PLATFORM}.selector.dashboard.options`;

export async function loadTexts(hass) {
  const localize = await hass.loadBackendTranslation("selector", PLATFORM);
  return (key, values) => localize(`${TEXTS}.${key}`, values);
}
