// What the pages have in common.

export const $ = (id) => document.getElementById(id);

export function element(tag, className, ...content) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...content.filter((part) => part !== undefined));
  return node;
}

export const plural = (count, one, many) => `${number(count)} ${count === 1 ? one : many}`;

const numbers = new Intl.NumberFormat('en');
export const number = (value) => numbers.format(value);

// Decimal units, as the server's limits have them.
export function bytes(count) {
  if (count < 1000) return plural(count, 'byte', 'bytes');
  const [size, unit] = count < 1_000_000 ? [count / 1000, 'kB'] : [count / 1_000_000, 'MB'];
  return `${size.toFixed(size < 10 ? 1 : 0)} ${unit}`;
}

export function duration(milliseconds) {
  if (milliseconds < 10) return `${milliseconds.toFixed(1)} ms`;
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

// The header's light: connecting, connected, reconnecting or disconnected.
export function showState(state, words) {
  $('connection').dataset.state = state;
  // An unchanged text is not written again, so that it is not announced again.
  if ($('connection-text').textContent !== words) $('connection-text').textContent = words;
}
