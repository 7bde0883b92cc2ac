// The texts of a dialog and what its fields hold at first, as Home Assistant has them.

/**
 * The texts of one step; `base` is where those of its dialog are.
 *
 * A text that is not there is empty.
 */
export function stepTexts(localize, base, step) {
  const say = (key) => localize(`${base}.${key}`, step.description_placeholders) || "";
  const here = `step.${step.step_id}`;
  const inside = (options) =>
    options?.path?.length ? `${here}.sections.${options.path[0]}` : here;
  const section = ({ name }) => `${here}.sections.${name}`;
  return {
    title: say(`${here}.title`),
    description: say(`${here}.description`),
    choice: (option) => say(`${here}.menu_options.${option}`),
    progress: say(`progress.${step.progress_action}`),
    abort: say(`abort.${step.reason}`),
    error: (code) => say(`error.${code}`) || code,
    label: (field, _data, options) =>
      field.type === "expandable"
        ? say(`${section(field)}.name`)
        : say(`${inside(options)}.data.${field.name}`) || field.name,
    helper: (field, options) =>
      field.type === "expandable"
        ? say(`${section(field)}.description`)
        : say(`${inside(options)}.data_description.${field.name}`),
  };
}

/** What a form's fields hold at first. */
export function firstValues(schema) {
  const values = {};
  for (const field of schema) {
    const suggested = field.description?.suggested_value;
    if (suggested != null) values[field.name] = suggested;
    else if ("default" in field) values[field.name] = field.default;
    else if (field.type === "expandable") values[field.name] = firstValues(field.schema);
  }
  return values;
}

const missing = (value) => value == null || value === "";

/** Whether all is filled in that has to be. */
export const isComplete = (schema, values) =>
  schema.every((field) =>
    field.type === "expandable"
      ? isComplete(field.schema, values[field.name] || {})
      : !field.required || !missing(values[field.name]),
  );

/** What is sent of a form: an empty field is none. */
export const filledIn = (values) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => !missing(value)));
