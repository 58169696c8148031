import { $, bytes, element } from './site.js';

const at = (port) => {
  const url = new URL('/', location.href);
  url.port = port;
  return url;
};

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
  // A field that is not everyday has the browser ask before it sends the form (a preflight).
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
    show(action, 'refused', 'No client', [['Reason', 'the server has no Socket.IO client to hand out: run “npm ci” in web/']]);
    return;
  }
  showWaiting(action);
  const transports = [];
  socket = window.io(server.origin, { forceNew: true, reconnection: false });
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
      ['Error', error.message],
      ['Reason', reason],
    ]);
  });
  current.on('disconnect', (reason) => {
    if (current === socket) show(action, 'refused', 'Disconnected', [['Reason', reason]]);
  });
}

async function start() {
  const { main, cross } = await (await fetch('cross-origin.json')).json();
  const here = Number(location.port) || (location.protocol === 'https:' ? 443 : 80);
  if (here !== cross) {
    const there = new URL(location.pathname, at(cross));
    $('cross-link').href = there;
    $('cross-link').textContent = there;
    $('elsewhere').hidden = false;
    return;
  }
  const server = at(main);
  $('from').textContent = location.origin;
  $('to').textContent = server.origin;
  $('crossing').hidden = false;
  $('upload').addEventListener('click', () => upload('upload', server, '/upload'));
  $('connect').addEventListener('click', () => connect(server));
  $('private').addEventListener('click', () => upload('private', server, '/private/upload'));
}

start().catch(() => {
  $('problem').textContent = 'The server did not say what its ports are. Reload the page to try again.';
});
