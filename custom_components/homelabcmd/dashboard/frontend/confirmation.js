// Asks the user whether they are sure; Escape means no.
//
// The question stands beside the page: that may be drawn anew while it is open.

import { element } from "./dom.js";
import { BASE } from "./styles.js";

const STYLE = `
dialog {
  max-width: min(440px, calc(100vw - 32px)); padding: 24px;
  color: var(--primary-text-color);
  background: var(--card-background-color, #fff);
  border: 1px solid var(--divider-color); border-radius: 16px;
}
dialog::backdrop { background: rgba(0, 0, 0, 0.5); }
h2 { margin: 0 0 12px; font-size: 20px; font-weight: 500; overflow-wrap: anywhere; }
p { margin: 0 0 20px; overflow-wrap: anywhere; }
form { display: flex; flex-wrap: wrap; justify-content: flex-end; gap: 8px; }
`;

/** Resolves with whether the answer is yes. */
export function confirmed({ heading, message, yes, no }) {
  return new Promise((resolve) => {
    const dialog = element(
      "dialog",
      { "aria-labelledby": "heading", "aria-describedby": "message" },
      element("h2", { id: "heading" }, heading),
      element("p", { id: "message" }, message),
      element(
        "form",
        { method: "dialog" },
        element("button", { value: "" }, no),
        element("button", { value: "yes" }, yes),
      ),
    );
    const host = element("div");
    dialog.addEventListener("close", () => {
      host.remove();
      resolve(dialog.returnValue === "yes");
    });
    host
      .attachShadow({ mode: "open" })
      .append(element("style", {}, BASE, STYLE), dialog);
    document.querySelector("home-assistant").shadowRoot.append(host);
    dialog.showModal();
  });
}
