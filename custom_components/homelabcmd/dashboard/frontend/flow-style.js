// How the dialogs of our servers and options look.

export const FLOW = `
dialog {
  width: min(560px, calc(100vw - 16px)); max-height: calc(100dvh - 16px);
  padding: 0; flex-direction: column;
  color: var(--primary-text-color);
  background: var(--card-background-color, #fff);
  border: 1px solid var(--divider-color); border-radius: 16px;
}
dialog[open] { display: flex; }
dialog::backdrop { background: rgba(0, 0, 0, 0.5); }
.top { display: flex; align-items: center; gap: 8px; padding: 12px 12px 12px 24px; }
h2 {
  flex: 1; min-width: 0; margin: 0; outline: none;
  font-size: 20px; font-weight: 500; overflow-wrap: anywhere;
}
.close { padding: 4px 8px; border: none; }
.body { min-height: 48px; overflow: auto; padding: 4px 24px 16px; }
.trouble { padding: 0 24px; color: var(--error-color, #db4437); }
.trouble:empty { display: none; }
ha-markdown { overflow-wrap: anywhere; }
ha-form { display: block; margin-top: 12px; }
.menu { display: grid; gap: 8px; margin-top: 16px; }
.menu button { min-height: 48px; padding: 8px 16px; text-align: start; }
.buttons {
  display: flex; justify-content: flex-end; gap: 8px; margin: 0; padding: 8px 24px 16px;
}
.buttons:empty { display: none; }
`;
