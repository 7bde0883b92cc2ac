// Opens a dialog when one of our buttons asks for it.

import { PLATFORM } from "./devices.js";
import { loadTexts } from "./texts.js";

/** The page where the same dialogs are. */
const PAGE = `/config/integrations/integration/${PLATFORM}`;

function leaveForPage() {
  history.pushState(null, "", PAGE);
  window.dispatchEvent(new CustomEvent("location-changed", { detail: {} }));
}

let opening = false;

async function open(app, wanted) {
  const { hass } = app;
  const [{ formsAreThere, openFlow }, text] = await Promise.all([
    import("./flow-dialog.js"),
    loadTexts(hass),
  ]);
  // Of a frontend in which they are no longer to be had, the page is left for ours.
  if (await formsAreThere()) await openFlow(app.shadowRoot, hass, wanted, text);
  else leaveForPage();
}

/** Listen for what cards fire for the action `fire-dom-event`. */
export function listenForDialogs() {
  window.addEventListener("ll-custom", (event) => {
    const wanted = event.detail?.[PLATFORM];
    const app = event
      .composedPath()
      .find(({ localName }) => localName === "home-assistant");
    // The forms take a moment when they are wanted first.
    if (!wanted || !app || opening) return;
    opening = true;
    open(app, wanted).finally(() => {
      opening = false;
    });
  });
}
