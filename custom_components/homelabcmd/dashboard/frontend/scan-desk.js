// What the view of scans remembers while Home Assistant makes its elements again, as it
// does for every entity that is added: what is typed, and which scan is open.
//
// Passwords are in it. It is gone as soon as the view is left.

const LINGER_MS = 2000;

let desk;
let users = 0;
let leaving;

export function enter() {
  clearTimeout(leaving);
  users += 1;
  desk ||= { passwords: new Map(), typed: undefined, open: undefined };
  return desk;
}

export function leave() {
  users -= 1;
  if (users) return;
  leaving = setTimeout(() => {
    // An element that is kept somewhere keeps nothing of it.
    desk.passwords.clear();
    desk.typed = undefined;
    desk = undefined;
  }, LINGER_MS);
}
