import { $, element, showState } from './site.js';

const pause = 150; // milliseconds without a key before what is written is sent

const examples = [
  ['Text frame', $('pasted').defaultValue],
  [
    'Handshake',
    [
      'GET /echo HTTP/1.1',
      'Host: localhost:3000',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Origin: http://localhost:3000',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: +0jgXtYyVeG28Gn1CLUKIg==',
      'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits',
      '',
      'HTTP/1.1 101 Switching Protocols',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Accept: J8qoXqbZoL7keWiAo6FOA9JV+mY=',
      '',
    ].join('\n'),
  ],
  ['Socket.IO event', '81 9b 37 fa 21 3d 03 c8 7a 1f 54 92 40 49 17 97 44 4e 44 9b 46 58 15 d6 03 75 52 96 4d 52 16 d8 7c'],
  ['Close', '88 09 03 e8 47 6f 6f 64 62 79 65'],
  ['Fragments with a ping', '01 03 48 65 6c\n89 02 68 69\n80 02 6c 6f'],
];

// ---- The route ----------------------------------------------------------------------------------

let socket = null;
let wanted = ''; // what the answer should be about
let asked = null; // what the server has been asked and has not answered yet

function ask() {
  if (wanted.trim() === '') {
    asked = null;
    show({ parts: [], problem: '' });
    return;
  }
  if (!socket) connect();
  if (socket.readyState !== WebSocket.OPEN || asked !== null) return;
  asked = wanted;
  socket.send(asked);
}

// A connection is made when there is something to ask, and kept as long as it lasts.
function connect() {
  const url = new URL('/inspect', location.href);
  url.protocol = url.protocol.replace('http', 'ws');
  socket = new WebSocket(url);
  showState('connecting', 'Connecting…');
  socket.addEventListener('open', () => {
    showState('connected', 'Connected');
    ask();
  });
  socket.addEventListener('message', ({ data }) => {
    const isCurrent = asked === wanted;
    asked = null;
    if (isCurrent) show(JSON.parse(data));
    else ask();
  });
  socket.addEventListener('close', ({ code }) => {
    const unanswered = asked !== null || code === 1006;
    socket = null;
    asked = null;
    showState('disconnected', 'Connects on demand');
    if (!unanswered) return;
    const reason = code === 1009 ? 'It is too long: 256 KiB are read.' : 'The connection to the server is lost. It is made again when you change the text.';
    show({ parts: [], problem: reason });
  });
}

// ---- The answer ---------------------------------------------------------------------------------

function table({ title, fields }) {
  const rows = fields.map(({ name, value, meaning }) => {
    const head = element('th', '', name);
    head.scope = 'row';
    return element('tr', '', head, element('td', 'value', value), element('td', 'meaning', meaning));
  });
  const labels = ['Field', 'Value', 'Meaning'].map((label) => {
    const head = element('th', '', label);
    head.scope = 'col';
    return head;
  });
  return element(
    'section',
    'card part',
    element('h2', '', title),
    element('table', 'fields', element('thead', '', element('tr', '', ...labels)), element('tbody', '', ...rows)),
  );
}

function show({ parts, problem }) {
  $('inspection').replaceChildren(...parts.map(table));
  $('problem').hidden = problem === '';
  $('problem').textContent = problem;
}

// ---- What is pasted -----------------------------------------------------------------------------

const pasted = $('pasted');
let timer = 0;

function fit() {
  pasted.style.height = 'auto';
  pasted.style.height = `${pasted.scrollHeight + 2}px`;
  for (const chip of $('examples').children) {
    chip.setAttribute('aria-pressed', String(examples[chip.dataset.index][1] === pasted.value));
  }
}

function inspectNow() {
  clearTimeout(timer);
  wanted = pasted.value;
  fit();
  ask();
}

pasted.addEventListener('input', () => {
  fit();
  clearTimeout(timer);
  timer = setTimeout(inspectNow, pause);
});

window.addEventListener('resize', fit);

$('examples').append(
  ...examples.map(([name, text], index) => {
    const chip = element('button', 'chip', name);
    chip.type = 'button';
    chip.dataset.index = index;
    chip.addEventListener('click', () => {
      pasted.value = text;
      inspectNow();
    });
    return chip;
  }),
);
inspectNow();
