// Spans of time, shares and sizes, in the user's language.

const UNITS = [
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
];

const split = (seconds) => {
  const [unit, size] = UNITS.find(([, long]) => seconds >= long) || UNITS.at(-1);
  return { unit, count: Math.max(0, Math.floor(seconds / size)) };
};

const passed = (moment, now) => Math.max(0, (now - Date.parse(moment)) / 1000);

/** "5 min. ago" */
export function ago(moment, now, language) {
  const seconds = passed(moment, now);
  const format = new Intl.RelativeTimeFormat(language, { style: "short" });
  if (seconds < 60) return format.format(-Math.floor(seconds), "second");
  const { unit, count } = split(seconds);
  return format.format(-count, unit);
}

/** "42d" */
export function lasting(moment, now, language) {
  const { unit, count } = split(passed(moment, now));
  const options = { style: "unit", unit, unitDisplay: "narrow" };
  return new Intl.NumberFormat(language, options).format(count);
}

export const percent = (value, language) =>
  new Intl.NumberFormat(language, {
    style: "percent",
    maximumFractionDigits: 0,
  }).format(value / 100);

/** A share that may be small: "1.2%" */
export const percentFine = (value, language) =>
  new Intl.NumberFormat(language, {
    style: "percent",
    maximumFractionDigits: 1,
  }).format(value / 100);

/** Megabytes, as "210 MB" or "1.4 GB" */
export function size(megabytes, language) {
  const large = megabytes >= 1000;
  return new Intl.NumberFormat(language, {
    style: "unit",
    unit: large ? "gigabyte" : "megabyte",
    maximumFractionDigits: large ? 1 : 0,
  }).format(large ? megabytes / 1000 : megabytes);
}

/** "12d 4h 32m" */
export function lastingLong(moment, now, language) {
  let rest = passed(moment, now);
  const parts = UNITS.map(([unit, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return { unit, count };
  });
  const first = parts.findIndex(({ count }) => count > 0);
  return parts
    .slice(first < 0 ? -1 : first)
    .map(({ unit, count }) =>
      new Intl.NumberFormat(language, {
        style: "unit",
        unit,
        unitDisplay: "narrow",
      }).format(count),
    )
    .join(" ");
}

const LONG_UNITS = [
  ["month", 30.4, 60],
  ["week", 7, 14],
  ["day", 1, 0],
];

/** "in 3 weeks" */
export function ahead(moment, now, language) {
  const days = (Date.parse(moment) - now) / 86400000;
  const [unit, long] = LONG_UNITS.find(([, , from]) => days >= from) || LONG_UNITS.at(-1);
  const count = Math.max(0, Math.round(days / long));
  return new Intl.RelativeTimeFormat(language).format(count, unit);
}

/** A day and a time; without a `zone` by the clock of whoever looks. */
export const moment = (time, language, zone) =>
  new Intl.DateTimeFormat(language, {
    dateStyle: "medium",
    timeStyle: "short",
    timeZone: zone,
  }).format(Date.parse(time));
