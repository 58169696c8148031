import { $, bytes, clientIsMissing, duration, element, showState } from './site.js';

const largestFile = 100_000_000;
const atOnce = 3; // uploads; browsers open few connections to one server
const keptSeen = 20;

const own = new Set(); // ids of this window's uploads
const waiting = [];
let running = 0;

// An item of either list: a name, a bar, and what is known.
function transfer(list, name, first) {
  const bar = element('progress');
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute('aria-label', name);
  const status = element('span', 'status');
  const item = element('li', 'transfer', element('span', 'file', name), bar, status);
  if (first) list.prepend(item);
  else list.append(item);
  return { item, bar, status };
}

const percent = (part) => `${Math.floor(part * 100)} %`;

// ---- This window's uploads ----------------------------------------------------------------------

function add(file) {
  const id = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
  own.add(id);
  const view = transfer($('transfers'), file.name, false);
  const cancel = element('button', 'quiet', 'Cancel');
  cancel.type = 'button';
  cancel.setAttribute('aria-label', `Cancel ${file.name}`);
  view.item.append(cancel);
  const upload = { id, file, note: $('note').value, view, cancel, request: null };
  cancel.addEventListener('click', () => stop(upload));
  if (file.size > largestFile) {
    end(upload, 'failed', `Not sent: the file has ${bytes(file.size)}, the server takes 100 MB`);
    return;
  }
  view.status.textContent = `${bytes(file.size)}, waiting`;
  waiting.push(upload);
}

function stop(upload) {
  const index = waiting.indexOf(upload);
  if (index < 0) {
    upload.request.abort();
  } else {
    waiting.splice(index, 1);
    end(upload, 'failed', 'Cancelled');
  }
}

function end({ file, view, cancel }, outcome, text, { note, url } = {}) {
  const hadFocus = document.activeElement === cancel;
  cancel.remove();
  if (url) {
    const link = element('a', '', file.name);
    link.href = url;
    link.download = file.name;
    view.item.querySelector('.file').replaceChildren(link);
  }
  if (hadFocus) (view.item.querySelector('a') ?? $('files')).focus();
  view.item.classList.add(outcome);
  if (outcome === 'done') view.bar.value = 1;
  view.status.textContent = text;
  if (note) view.item.append(element('span', 'note', 'Note: ', element('q', '', note)));
}

function startNext() {
  while (running < atOnce && waiting.length > 0) start(waiting.shift());
}

function start(upload) {
  const { id, file, note, view } = upload;
  const request = new XMLHttpRequest();
  const begin = performance.now();
  upload.request = request;
  running += 1;
  view.status.textContent = `0 % of ${bytes(file.size)}`;
  // Of the whole form, which is a little longer than the file.
  request.upload.addEventListener('progress', ({ loaded, total }) => {
    view.bar.value = loaded / total;
    view.status.textContent = loaded < total ? `${percent(loaded / total)} of ${bytes(file.size)}` : 'Sent, waiting for the answer';
  });
  request.addEventListener('load', () => {
    if (request.status !== 200) {
      end(upload, 'failed', `Refused with status ${request.status}: ${request.responseText.trim().slice(0, 200)}`);
      return;
    }
    const answer = JSON.parse(request.responseText);
    const stored = answer.files.reduce((sum, { size }) => sum + size, 0);
    const time = duration(performance.now() - begin);
    if (stored === file.size) end(upload, 'done', `Stored ${bytes(stored)} in ${time}`, { note: answer.note, url: answer.files[0].url });
    else end(upload, 'failed', `The server stored ${bytes(stored)} of ${bytes(file.size)}`);
  });
  request.addEventListener('error', () => end(upload, 'failed', 'The connection was lost, or the server refused the file'));
  request.addEventListener('abort', () => end(upload, 'failed', 'Cancelled'));
  request.addEventListener('loadend', () => {
    running -= 1;
    startNext();
  });
  request.open('POST', $('upload-form').action);
  // The answer to a request with this field is JSON; without a script it is a page.
  request.setRequestHeader('X-Upload-Id', id);
  request.setRequestHeader('X-Upload-Name', encodeURIComponent(file.name.toWellFormed?.() ?? file.name));
  const form = new FormData();
  form.append('note', note);
  form.append('file', file);
  request.send(form);
}

function addAll(files) {
  for (const file of files) add(file);
  startNext();
}

$('files').addEventListener('change', () => {
  addAll([...$('files').files]);
  $('files').value = ''; // so that the same file may be chosen again
});
$('upload-form').addEventListener('submit', (event) => event.preventDefault());

// ---- Dropping files -----------------------------------------------------------------------------

const drop = $('drop');
let entered = 0; // how many elements the files are over: leaving a child is not leaving

const hasFiles = (event) => event.dataTransfer?.types.includes('Files');

function showEntered(count) {
  entered = Math.max(count, 0);
  drop.classList.toggle('over', entered > 0);
}

// What is dropped beside the zone must not replace the page.
document.addEventListener('dragover', (event) => hasFiles(event) && event.preventDefault());
document.addEventListener('drop', (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  showEntered(0);
  if (drop.contains(event.target)) addAll(event.dataTransfer.files);
});
drop.addEventListener('dragenter', (event) => hasFiles(event) && showEntered(entered + 1));
drop.addEventListener('dragleave', (event) => hasFiles(event) && showEntered(entered - 1));
$('drop-hint').hidden = false;
drop.classList.add('ready');

// ---- What the server reports about other windows ------------------------------------------------

const seen = new Map(); // id -> view

function see({ id, name, received, total, ended, complete }) {
  if (own.has(id)) return; // the list of this window's uploads has it
  let view = seen.get(id);
  if (!view) {
    view = transfer($('seen'), name, true);
    seen.set(id, view);
    $('seen-empty').hidden = true;
    for (const [oldest, { item }] of seen) {
      if (seen.size <= keptSeen) break;
      item.remove();
      seen.delete(oldest);
    }
  }
  if (view.ended) return;
  view.ended = ended;
  if (total) view.bar.value = received / total;
  else if (ended) view.bar.value = 1;
  else view.bar.removeAttribute('value');
  view.item.classList.toggle('done', ended && complete);
  view.item.classList.toggle('failed', ended && !complete);
  if (!ended) view.status.textContent = total ? `${percent(received / total)} of ${bytes(total)}` : `${bytes(received)} so far`;
  else view.status.textContent = complete ? `Complete, ${bytes(received)}` : `Cut off or refused after ${bytes(received)}; the server kept nothing`;
}

if (window.io) {
  const socket = window.io('/uploads', { reconnectionDelayMax: 4000 });
  socket.on('connect', () => showState('connected', 'Connected'));
  socket.on('disconnect', () => showState('reconnecting', 'Reconnecting…'));
  socket.on('connect_error', () => showState('reconnecting', 'Reconnecting…'));
  socket.on('progress', see);
} else {
  showState('disconnected', 'No Socket.IO client');
  $('seen-empty').textContent = `${clientIsMissing}.`;
}
