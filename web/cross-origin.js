import { $, bytes, clientIsMissing, element, inWords } from './site.js';

// Shows rows of names and values below an action.
function show(action, outcome, title, facts) {
  const list = element('dl', 'facts');
  for (const [name, value] of facts) list.append(element('dt', '', name), element('dd', '', value));
  $(`${action}-outcome`).dataset.outcome = outcome;
  $(`${action}-outcome`).replaceChildren(element('p', outcome === 'allowed' ? 'good' : 'bad', element('strong', '', title)), list);
}

function showWaiting(action) {
  delete $(`${action}-outcome`).dataset.outcome;
  $(`${action}-outcome`).replaceChildren(element('p', 'hint', 'Waiting for the answer…'));
}

async function policyOf(server, path) {
  const url = new URL('/cross-origin.json', server);
  url.searchParams.set('path', path);
  return (await (await fetch(url)).json()).policy;
}

function request(server, path) {
  const form = new FormData();
  form.append('note', `from ${location.origin}`);
  form.append('file', new Blob(['A small file from another origin.\n'], { type: 'text/plain' }), 'small.txt');
  // The browser asks the server before it sends fields like these (a preflight).
  const headers = { 'X-Upload-Id': crypto.randomUUID?.() ?? String(Math.random()), 'X-Upload-Name': 'small.txt' };
  return fetch(new URL(path, server), { method: 'POST', headers, body: form });
}

async function upload(action, server, path) {
  showWaiting(action);
  let response;
  try {
    response = await request(server, path);
  } catch (error) {
    const reason = await policyOf(server, path).catch(() => 'the server cannot be reached');
    show(action, 'refused', 'Refused by the browser', [
      ['Error', `${error.name}: ${error.message}`],
      ['Reason', reason],
    ]);
    return;
  }
  if (!response.ok) {
    show(action, 'refused', `Refused with status ${response.status}`, [['Answer', (await response.text()).slice(0, 200)]]);
    return;
  }
  const answer = await response.json();
  show(action, 'allowed', 'Allowed', [
    ['Status', String(response.status)],
    ['Stored', answer.files.map(({ name, size }) => `${name}, ${bytes(size)}`).join('; ')],
    ['Note', answer.note],
    ['X-Upload-Size', response.headers.get('X-Upload-Size') ?? 'not shown to this page'],
  ]);
}

let socket = null;

function connect(server) {
  const action = 'connect';
  socket?.disconnect();
  if (!window.io) {
    show(action, 'refused', 'No client', [['Reason', clientIsMissing]]);
    return;
  }
  showWaiting(action);
  const transports = [];
  socket = window.io(server, { forceNew: true, reconnection: false });
  const current = socket;
  const showSocket = () =>
    show(action, 'allowed', 'Connected', [
      ['Transport', transports.join(', then ')],
      ['Socket id', current.id ?? '–'],
    ]);
  current.io.on('open', () => {
    const { engine } = current.io;
    transports.push(engine.transport.name);
    engine.on('upgrade', (transport) => {
      transports.push(transport.name);
      if (current.connected) showSocket();
    });
  });
  current.on('connect', showSocket);
  current.on('connect_error', async (error) => {
    const reason = await policyOf(server, '/socket.io/').catch(() => 'the server cannot be reached');
    show(action, 'refused', 'Refused', [
      ['Error', inWords(error.message)],
      ['Reason', reason],
    ]);
  });
  current.on('disconnect', (reason) => {
    if (current === socket) show(action, 'refused', 'Disconnected', [['Reason', inWords(reason)]]);
  });
}

const list = (items) => new Intl.ListFormat('en', { type: 'disjunction' }).format(items);

function showMissing(pairs) {
  $('missing-reason').textContent =
    pairs.length === 0
      ? 'The server has one origin only.'
      : `Your browser found this page at ${location.origin}, but the server knows only ${list(pairs.map(({ main }) => main))}.`;
  $('missing-origin').textContent = location.origin;
  $('missing').hidden = false;
}

function showCrossing(server) {
  $('from').textContent = location.origin;
  $('to').textContent = server;
  $('crossing').hidden = false;
  $('upload').addEventListener('click', () => upload('upload', server, '/upload'));
  $('connect').addEventListener('click', () => connect(server));
  $('private').addEventListener('click', () => upload('private', server, '/private/upload'));
}

// What the browser sees decides which origin of which pair this is, not what the server listens on: a proxy may stand between.
async function start() {
  const { pairs } = await (await fetch('cross-origin.json')).json();
  const asCross = pairs.find(({ cross }) => cross === location.origin);
  const asMain = pairs.find(({ main }) => main === location.origin);
  if (asCross) {
    showCrossing(asCross.main);
  } else if (asMain) {
    const there = new URL(location.pathname, asMain.cross).href;
    $('cross-link').href = there;
    $('cross-link').textContent = there;
    $('elsewhere').hidden = false;
  } else {
    showMissing(pairs);
  }
}

start().catch(() => {
  $('problem').textContent = 'The server did not say which origins it has. Reload the page to try again.';
});
