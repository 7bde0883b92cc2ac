// Calls of our actions whose errors are shown where they were made.

import { PLATFORM } from "./devices.js";

/** The words of Home Assistant for what went wrong; none if it has none. */
async function words(hass, error) {
  const { translation_domain: domain, translation_key: key, message } = error;
  if (domain !== PLATFORM || !key) return message;
  const localize = await hass.loadBackendTranslation("exceptions", PLATFORM);
  const scope = `component.${PLATFORM}.exceptions.${key}.message`;
  return localize(scope, error.translation_placeholders) || message;
}

async function call(hass, service, data, answers) {
  try {
    const { response } = await hass.callWS({
      type: "call_service",
      domain: PLATFORM,
      service,
      service_data: data,
      return_response: answers,
    });
    return response;
  } catch (error) {
    throw new Error((await words(hass, error)) || "", { cause: error });
  }
}

/** Call one of our actions and return its answer; the message of an error is for users. */
export const ask = (hass, service, data = {}) => call(hass, service, data, true);

/** The same of one that answers nothing. */
export const tell = (hass, service, data) => call(hass, service, data, false);
