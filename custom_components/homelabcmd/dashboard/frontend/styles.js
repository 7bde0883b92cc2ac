// How our elements look: in the colours, corners and fonts of the user's theme.

export const BASE = `
:host { display: block; color: var(--primary-text-color); }
* { box-sizing: border-box; }
a { color: inherit; text-decoration: none; }
ha-icon { --mdc-icon-size: 20px; flex: none; }
ul { list-style: none; margin: 0; padding: 0; }
ul:focus { outline: none; }
.card {
  background: var(--ha-card-background, var(--card-background-color, #fff));
  border: 1px solid var(--ha-card-border-color, var(--divider-color, #e0e0e0));
  border-radius: var(--ha-card-border-radius, 12px);
}
.about, .label { color: var(--secondary-text-color); }
.one-line { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.hidden {
  position: absolute; width: 1px; height: 1px; overflow: hidden;
  clip-path: inset(50%); white-space: nowrap;
}
.critical { color: var(--error-color, #db4437); }
.high { color: var(--warning-color, #ffa600); }
.medium { color: var(--amber-color, #ffb300); }
.low { color: var(--info-color, #039be5); }
:is(a, button, select):focus-visible {
  outline: 2px solid var(--primary-color);
  outline-offset: 2px;
}
button {
  font: inherit; font-weight: 500; color: var(--primary-text-color);
  min-height: 36px; padding: 4px 12px; cursor: pointer;
  background: transparent;
  border: 1px solid var(--outline-color, var(--divider-color));
  border-radius: 18px;
}
button:hover { background: var(--secondary-background-color); }
/* White on a theme's own colour may be too faint to read. */
button:is(.main, [aria-pressed="true"]) {
  background: color-mix(in srgb, var(--primary-color) 20%, transparent);
  border-color: var(--primary-color);
}
button:disabled { opacity: 0.5; cursor: default; }
.empty { padding: 16px; color: var(--secondary-text-color); }
`;

export const ROWS = `
.row {
  display: flex; flex-wrap: wrap; align-items: center; gap: 4px 12px;
  padding: 8px 12px;
}
.row + .row { border-top: 1px solid var(--divider-color); }
.row .words { flex: 1 1 140px; min-width: 0; overflow-wrap: anywhere; }
.row .title { font-weight: 500; }
.row .about { font-size: 13px; }
.row a:hover { text-decoration: underline; }
.row.ended .title { font-weight: 400; }
.buttons { display: flex; flex-wrap: wrap; gap: 8px; margin-inline-start: auto; }
.output { white-space: pre-line; max-height: 8em; overflow: auto; }
`;
