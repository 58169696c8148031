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

// ---- Why a connection ended, in words -----------------------------------------------------------

export const clientIsMissing = 'The server does not hand out the Socket.IO client';

const reasons = {
  'transport close': 'the server or the network closed it',
  'transport error': 'the network failed',
  'ping timeout': 'the server fell silent',
  'parse error': 'the server sent something that this page cannot read',
  'io server disconnect': 'the server ended it',
  'io client disconnect': 'this page ended it',
  timeout: 'the server did not answer in time',
  'xhr poll error': 'the server cannot be reached',
  'xhr post error': 'the server cannot be reached',
  'websocket error': 'the server cannot be reached',
};

// What the Socket.IO client gives as a reason, or as the message of an error. Others are the server's own words.
export const inWords = (reason) => reasons[reason] ?? reason;

// ---- The footer ---------------------------------------------------------------------------------

async function showAbout() {
  const { version, source } = await (await fetch('/about.json')).json();
  for (const node of document.querySelectorAll('.about .version')) node.textContent = version;
  for (const node of document.querySelectorAll('.about .source')) node.hidden = !source;
}

// A footer without a version is no reason to trouble anybody.
showAbout().catch(() => {});
