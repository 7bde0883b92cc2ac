// The form that a scan is begun with, and our key for machines that get no password.

import { element } from "./dom.js";

const SSH_PORT = 22;
// Nothing is to be corrected or capitalised in a name of a machine or a user.
const EXACT = { autocapitalize: "none", autocomplete: "off", spellcheck: "false" };

const hint = (id, content) => element("div", { id, class: "about" }, content);

/** Copies what is in a field; also where the page's address is no secure one. */
async function copy(field) {
  field.select();
  if (navigator.clipboard) await navigator.clipboard.writeText(field.value);
  else document.execCommand("copy");
}

export class ScanForm {
  #text;
  #getKey;
  #fields = {};
  #trouble = element("div", { class: "trouble", role: "alert" });
  #notice = element("div", { class: "notice", role: "status" });
  #submit;

  /** `begin` is called with what is wanted; `getKey` returns our key. */
  constructor(text, begin, getKey) {
    this.#text = text;
    this.#getKey = getKey;
    this.#submit = element("button", { class: "main" }, text("scan"));
    this.node = element(
      "form",
      { class: "card", "aria-label": text("scan_machine") },
      this.#input("host", text("scan_host"), { required: true, maxlength: 253, ...EXACT }),
      this.#input("port", text("scan_port"), {
        type: "number",
        required: true,
        min: 1,
        max: 65535,
        value: SSH_PORT,
      }),
      this.#input("username", text("scan_user"), { required: true, ...EXACT }),
      this.#input(
        "password",
        text("scan_password"),
        { type: "password", autocomplete: "off" },
        text("scan_password_hint"),
      ),
      this.#types(),
      this.#notice,
      this.#trouble,
      element("div", { class: "buttons" }, this.#submit),
      this.#key(),
    );
    this.node.addEventListener("submit", (event) => {
      event.preventDefault();
      begin(this.#wanted());
    });
  }

  #input(name, label, attributes, more) {
    const described = more && { "aria-describedby": `${name}-hint` };
    const field = element("input", { id: name, ...attributes, ...described });
    this.#fields[name] = field;
    return element(
      "div",
      { class: `field ${name}` },
      element("label", { for: name }, label),
      field,
      more && hint(`${name}-hint`, more),
    );
  }

  #types() {
    const text = this.#text;
    const choice = (value, label, more) => {
      const field = element("input", {
        type: "radio",
        name: "type",
        value,
        "aria-labelledby": `${value}-name`,
        "aria-describedby": `${value}-hint`,
      });
      this.#fields[value] = field;
      return element(
        "label",
        { class: "choice" },
        field,
        element(
          "span",
          {},
          element("span", { id: `${value}-name` }, label),
          element("span", { id: `${value}-hint`, class: "about" }, more),
        ),
      );
    };
    const group = element(
      "fieldset",
      {},
      element("legend", {}, text("scan_how_much")),
      choice("quick", text("scan_quick"), text("scan_quick_hint")),
      choice("full", text("scan_full"), text("scan_full_hint")),
    );
    this.#fields.quick.checked = true;
    return group;
  }

  #key() {
    const text = this.#text;
    const line = element("textarea", {
      readonly: true,
      rows: 4,
      "aria-label": text("scan_key"),
    });
    const copied = element("span", { class: "about", role: "status" });
    const details = element(
      "details",
      {},
      element("summary", {}, text("scan_key_use")),
      element("div", { class: "about" }, text("scan_key_hint")),
      line,
      element(
        "div",
        { class: "buttons" },
        copied,
        element(
          "button",
          {
            type: "button",
            click: async () => {
              await copy(line);
              copied.textContent = text("copied");
            },
          },
          text("copy"),
        ),
      ),
    );
    // The key is made when it is first asked for.
    details.addEventListener("toggle", async () => {
      if (details.open && !line.value) line.value = await this.#getKey();
    });
    return details;
  }

  #wanted() {
    const { host, port, username, password, full } = this.values;
    return {
      host: host.trim(),
      port: Number(port),
      username: username.trim(),
      scan_type: full ? "full" : "quick",
      ...(password && { password }),
    };
  }

  /** All that is filled in, to be put into a form that takes the place of this one. */
  get values() {
    const { host, port, username, password, full } = this.#fields;
    return {
      host: host.value,
      port: port.value,
      username: username.value,
      password: password.value,
      full: full.checked,
      notice: this.#notice.textContent,
    };
  }

  set values({ full, notice, ...typed }) {
    for (const [name, value] of Object.entries(typed)) this.#fields[name].value = value;
    this.#fields.full.checked = full;
    this.#fields.quick.checked = !full;
    this.#notice.textContent = notice;
  }

  /** Put in what is known of a scan to come, and go where something is to be done. */
  fill({ host, port = SSH_PORT, username, scan_type: type }, notice = "") {
    const fields = this.#fields;
    Object.assign(fields.host, { value: host });
    Object.assign(fields.port, { value: port });
    if (username) fields.username.value = username;
    if (type) fields[type].checked = true;
    fields.password.value = "";
    this.#notice.textContent = notice;
    this.#trouble.textContent = "";
    this.node.scrollIntoView({ block: "nearest" });
    (username ? fields.password : fields.username).focus();
  }

  /** While a scan is asked for, no other is. */
  set busy(busy) {
    this.#submit.disabled = busy;
  }

  /** The password has been used once. */
  begun() {
    this.#fields.password.value = "";
    this.#notice.textContent = "";
    this.#trouble.textContent = "";
  }

  set trouble(message) {
    this.#trouble.textContent = message;
  }
}
