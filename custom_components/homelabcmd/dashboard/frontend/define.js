// Makes an element known to the browser.
//
// The frontend replaces window.customElements while it starts, and an element that was
// defined before is then unknown. So define now, and again once its root element exists.

export const started = customElements.whenDefined("home-assistant");

export function define(tag, element) {
  const once = () => customElements.get(tag) || customElements.define(tag, element);
  once();
  started.then(once);
}
