// How scans and devices look.

export const SCANS = `
.both { display: grid; gap: 16px; align-items: start; }
@media (min-width: 1000px) {
  .both:has(form:not([hidden])) { grid-template-columns: 320px minmax(0, 1fr); }
}
form { display: grid; grid-template-columns: 1fr 96px; gap: 12px; padding: 16px; }
form[hidden] { display: none; }
form > * { grid-column: 1 / -1; min-width: 0; }
.field.host { grid-column: 1; }
.field.port { grid-column: 2; }
label, legend { font-size: 14px; font-weight: 500; }
input:not([type="radio"]), textarea {
  display: block; width: 100%; min-height: 40px; margin-top: 4px; padding: 8px 12px;
  font: inherit; color: inherit;
  background: var(--primary-background-color);
  border: 1px solid var(--outline-color, var(--divider-color)); border-radius: 8px;
}
textarea { font-family: monospace; font-size: 13px; resize: vertical; word-break: break-all; }
:is(input, textarea, summary):focus-visible {
  outline: 2px solid var(--primary-color); outline-offset: 2px;
}
fieldset { display: grid; gap: 8px; margin: 0; padding: 0; border: none; }
legend { margin-bottom: 4px; padding: 0; }
.choice { display: flex; gap: 8px; cursor: pointer; }
.choice input {
  flex: none; width: 18px; height: 18px; margin: 2px 0 0;
  accent-color: var(--primary-color);
}
.choice span { display: block; }
:is(.field, .choice, details, .note) .about, .about.note { font-size: 13px; font-weight: 400; }
/* In a theme's colour for errors a text may be too faint to read. */
.trouble, p.warning {
  padding-inline-start: 8px; overflow-wrap: anywhere;
  border-inline-start: 4px solid var(--error-color, #db4437);
}
:is(.trouble, .notice):empty { display: none; }
form > .buttons { justify-content: flex-end; }
.buttons { align-items: center; }
.buttons:empty { display: none; }
summary { min-height: 32px; padding: 4px 0; cursor: pointer; border-radius: 4px; }
.link {
  min-height: 0; padding: 0; border: none; border-radius: 4px; text-align: start;
  overflow-wrap: anywhere;
}
.link:hover { background: none; text-decoration: underline; }
li + li { border-top: 1px solid var(--divider-color); }
.completed { color: var(--success-color, #43a047); }
.unsure { display: flex; align-items: center; gap: 4px; font-size: 13px; }
.unsure ha-icon { --mdc-icon-size: 16px; color: var(--warning-color, #ffa600); }
.failed { color: var(--error-color, #db4437); }
:is(.pending, .running) { color: var(--info-color, #039be5); }
progress { display: block; width: 100%; height: 6px; margin: 6px 0 2px;
  accent-color: var(--primary-color); }
.body { display: grid; gap: 12px; padding: 4px 12px 16px; min-width: 0; }
.body[hidden] { display: none; }
.body > * { margin: 0; }
h3 { font-size: 16px; font-weight: 500; }
h4 { margin: 0 0 4px; font-size: 14px; font-weight: 500; }
.sections { columns: 300px; column-gap: 24px; }
section { break-inside: avoid; padding-bottom: 16px; }
dl { display: grid; gap: 8px; margin: 0; }
dl + * { margin-top: 8px; }
dt { font-size: 12px; color: var(--secondary-text-color); }
dd { margin: 0; overflow-wrap: anywhere; }
table { width: 100%; table-layout: fixed; border-collapse: collapse; font-size: 14px; }
th:first-child:not(:last-child) { width: 45%; }
th, td { padding: 4px 8px 4px 0; text-align: start; vertical-align: top;
  font-weight: 400; overflow-wrap: anywhere; }
thead th { font-size: 12px; color: var(--secondary-text-color); }
tr + tr > *, thead + tbody > tr:first-child > * { border-top: 1px solid var(--divider-color); }
code { font-size: 13px; overflow-wrap: anywhere; }
a.button {
  display: inline-flex; align-items: center; min-height: 36px; padding: 4px 12px;
  font-weight: 500; border: 1px solid var(--outline-color, var(--divider-color));
  border-radius: 18px;
}
`;
