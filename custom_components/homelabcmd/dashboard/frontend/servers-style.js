// How the cards of servers look.

export const SERVERS = `
ul {
  display: grid; gap: 8px;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 252px), 1fr));
}
li { min-width: 0; }
.card { display: block; height: 100%; padding: 8px 12px; }
.card:hover { background: var(--secondary-background-color); }
.head { display: flex; align-items: center; gap: 6px; line-height: 24px; }
.name { flex: 1; font-weight: 500; }
.head .about { display: flex; align-items: center; font-size: 13px; }
.head .about ha-icon { --mdc-icon-size: 14px; }
.online { color: var(--success-color, #43a047); }
.offline { color: var(--error-color, #db4437); }
.unknown { color: var(--secondary-text-color); }
.card[data-presence="offline"] { border-color: var(--error-color, #db4437); }
.figures { display: grid; grid-template-columns: 3fr 3fr 5fr; gap: 12px; margin-top: 2px; }
.figure { min-width: 0; }
.label { font-size: 12px; line-height: 16px; }
.value { display: flex; align-items: center; gap: 4px; font-size: 14px; line-height: 18px; }
.value ha-icon { --mdc-icon-size: 16px; }
.bar { height: 4px; border-radius: 2px; background: var(--divider-color); overflow: hidden; }
.fill { height: 100%; border-radius: 2px; background: var(--primary-color); }
.fill.critical { background: var(--error-color, #db4437); }
.fill:is(.high, .medium) { background: var(--warning-color, #ffa600); }
.fill.low { background: var(--info-color, #039be5); }
.silent { font-size: 14px; color: var(--secondary-text-color); }
.down { display: flex; align-items: center; gap: 4px; margin-top: 4px; font-size: 13px; }
.down ha-icon { --mdc-icon-size: 16px; }
`;
