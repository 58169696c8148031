import { $, bytes, duration, element, number, showState } from './site.js';

const largeSize = 1_000_000;
const burstCount = 1000;
const burstSize = 64;
const keptEvents = 200;
const shownCharacters = 120;

const closeNames = {
  1000: 'normal closure',
  1001: 'going away',
  1002: 'protocol error',
  1003: 'unsupported data',
  1005: 'no code was sent',
  1006: 'no close frame came',
  1007: 'invalid payload',
  1008: 'policy violation',
  1009: 'message too big',
  1011: 'internal error',
};

const encoder = new TextEncoder();
let socket = null;
let onTheirWay = []; // {begin, kind: 'message'|'burst', payload}: echoes come in the order of what was sent
let burst = null; // {begin, left, wrong}

// ---- The log ------------------------------------------------------------------------------------

const clock = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3 });

function log(kind, ...content) {
  const now = new Date();
  const time = element('time', '', clock.format(now));
  time.dateTime = now.toISOString();
  const item = element('li', `event ${kind}`, time, element('strong', '', kind), element('span', 'what', ...content));
  const scroller = $('log');
  const atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 48;
  $('events').append(item);
  while ($('events').childElementCount > keptEvents) $('events').firstElementChild.remove();
  if (atEnd) scroller.scrollTop = scroller.scrollHeight;
}

const cut = (text) => (text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text);

function shown(payload) {
  if (typeof payload === 'string') return element('code', '', cut(payload));
  const shownBytes = payload.subarray(0, shownCharacters / 3);
  const hex = Array.from(shownBytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return element('code', '', payload.length > shownBytes.length ? `${hex} …` : hex);
}

const sizeOf = (payload) => (typeof payload === 'string' ? encoder.encode(payload).length : payload.length);
const typeOf = (payload) => (typeof payload === 'string' ? 'text' : 'binary');

function same(one, other) {
  if (typeof one === 'string' || typeof other === 'string') return one === other;
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

$('clear').addEventListener('click', () => $('events').replaceChildren());

// ---- The connection -----------------------------------------------------------------------------

function showSocket() {
  const state = socket?.readyState ?? WebSocket.CLOSED;
  const open = state === WebSocket.OPEN;
  const [light, words] = {
    [WebSocket.CONNECTING]: ['connecting', 'Connecting…'],
    [WebSocket.OPEN]: ['connected', 'Connected'],
    [WebSocket.CLOSING]: ['reconnecting', 'Closing…'],
    [WebSocket.CLOSED]: ['disconnected', 'Disconnected'],
  }[state];
  showState(light, words);
  $('connect').disabled = state !== WebSocket.CLOSED;
  for (const button of document.querySelectorAll('[data-needs-connection]')) button.disabled = !open;
  $('url').textContent = socket?.url ?? '–';
  $('protocol').textContent = open ? socket.protocol || 'none' : '–';
  $('extensions').textContent = open ? socket.extensions || 'none' : '–';
}

function connect() {
  const url = new URL('/echo', location.href);
  url.protocol = url.protocol.replace('http', 'ws');
  const offer = $('offer').value.trim();
  let created;
  try {
    created = new WebSocket(url, offer === '' ? [] : [offer]);
    $('connect-error').textContent = '';
  } catch (error) {
    $('connect-error').textContent = error.message;
    return;
  }
  const begin = performance.now();
  created.binaryType = 'arraybuffer';
  socket = created;
  onTheirWay = [];
  burst = null;
  created.addEventListener('open', () => {
    log('open', `after ${duration(performance.now() - begin)}`);
    showSocket();
  });
  created.addEventListener('message', ({ data }) => receive(typeof data === 'string' ? data : new Uint8Array(data)));
  created.addEventListener('error', () => log('error', 'the browser does not say why; a close event follows'));
  created.addEventListener('close', ({ code, reason, wasClean }) => {
    const name = closeNames[code] ? ` (${closeNames[code]})` : '';
    log('close', `code ${code}${name}, reason “${reason}”, wasClean ${wasClean}`);
    showSocket();
  });
  showSocket();
}

function receive(payload) {
  const end = performance.now();
  const sent = onTheirWay.shift();
  if (!sent) {
    log('error', `${typeOf(payload)}, ${bytes(sizeOf(payload))}, that this page did not send `, shown(payload));
    return;
  }
  if (sent.kind === 'burst') {
    receiveOfBurst(sent, payload, end);
    return;
  }
  const time = `after ${duration(end - sent.begin)} `;
  if (same(sent.payload, payload)) {
    log('message', `${typeOf(payload)}, ${bytes(sizeOf(payload))}, ${time}`, shown(payload));
  } else {
    log('error', `${typeOf(payload)}, ${bytes(sizeOf(payload))}, not what was sent, ${time}`, shown(payload));
  }
}

function receiveOfBurst(sent, payload, end) {
  burst.left -= 1;
  if (!same(sent.payload, payload)) burst.wrong += 1;
  if (burst.left > 0) return;
  const time = end - burst.begin;
  const rate = number(Math.round(burstCount / (time / 1000)));
  if (burst.wrong > 0) log('error', `${number(burst.wrong)} of ${number(burstCount)} messages came back changed`);
  else log('message', `${number(burstCount)} messages of ${burstSize} bytes came back, in order, in ${duration(time)}: ${rate} messages/s`);
  burst = null;
  showSocket();
}

$('connect-form').addEventListener('submit', (event) => {
  event.preventDefault();
  if (!socket || socket.readyState === WebSocket.CLOSED) connect();
});

$('close-form').addEventListener('submit', (event) => {
  event.preventDefault();
  if (socket?.readyState !== WebSocket.OPEN) return;
  const code = $('close-code').value.trim();
  const reason = $('close-reason').value;
  try {
    if (code === '') socket.close();
    else socket.close(Number(code), reason);
    $('close-error').textContent = '';
  } catch {
    // The browser throws for all other codes, and for longer reasons.
    $('close-error').textContent = 'A page may close with 1000, or with 3000 to 4999, and a reason of at most 123 bytes.';
    return;
  }
  showSocket();
});

// ---- Sending ------------------------------------------------------------------------------------

function send(payload) {
  log('sent', `${typeOf(payload)}, ${bytes(sizeOf(payload))} `, shown(payload));
  onTheirWay.push({ begin: performance.now(), kind: 'message', payload });
  socket.send(payload);
}

// Returns nothing if it is not hexadecimal.
function bytesOf(text) {
  const digits = text.replace(/0x|[\s,:]/gi, '');
  if (digits.length % 2 !== 0 || /[^0-9a-f]/i.test(digits)) return undefined;
  return Uint8Array.from({ length: digits.length / 2 }, (_, index) => parseInt(digits.slice(2 * index, 2 * index + 2), 16));
}

const isBinary = () => $('send-form').elements.kind.value === 'binary';

$('send-form').addEventListener('submit', (event) => {
  event.preventDefault();
  if (socket?.readyState !== WebSocket.OPEN) return;
  const payload = isBinary() ? bytesOf($('message').value) : $('message').value;
  $('send-error').textContent = payload === undefined ? 'Write each byte as two of the digits 0 to 9 and a to f.' : '';
  if (payload !== undefined) send(payload);
});

// A change of the kind converts what has been written, if it can be.
$('send-form').addEventListener('change', (event) => {
  if (event.target.name !== 'kind') return;
  const message = $('message');
  message.classList.toggle('code', isBinary());
  $('send-error').textContent = '';
  if (isBinary()) {
    message.value = Array.from(encoder.encode(message.value), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  } else {
    const written = bytesOf(message.value);
    if (written) message.value = new TextDecoder().decode(written);
  }
});

$('message').addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  $('send-form').requestSubmit();
});

$('large').addEventListener('click', () => {
  if (isBinary()) {
    send(Uint8Array.from({ length: largeSize }, (_, index) => (index * 2_654_435_761) >>> 24));
  } else {
    const line = 'One megabyte of text. ';
    send(line.repeat(Math.ceil(largeSize / line.length)).slice(0, largeSize));
  }
});

$('burst').addEventListener('click', () => {
  if (burst) return;
  log('sent', `${number(burstCount)} messages of ${burstSize} bytes, without waiting for answers`);
  $('burst').disabled = true;
  burst = { begin: performance.now(), left: burstCount, wrong: 0 };
  for (let index = 0; index < burstCount; index += 1) {
    const payload = `message ${index} `.padEnd(burstSize, '.');
    onTheirWay.push({ kind: 'burst', payload });
    socket.send(payload);
  }
});

connect();
