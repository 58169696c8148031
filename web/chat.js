import { $, clientIsMissing, element, inWords, plural } from './site.js';

const textLimit = 2000;
const answerTimeout = 10_000;
// After a lost connection the server may take us for somebody else until it notices the loss too.
const rejoinPatience = 60_000;
const rejoinPause = 2_000;
const typingRefresh = 3_000;
const typingExpiry = 7_000;
const groupingGap = 5 * 60_000;

// Storage that may be full or forbidden: the page works without it.
const memory = (storage) => ({
  get(key) {
    try {
      return JSON.parse(window[storage].getItem(`chat.${key}`));
    } catch {
      return null;
    }
  },
  set(key, value) {
    try {
      window[storage].setItem(`chat.${key}`, JSON.stringify(value));
    } catch {
      // Nothing to do: the value is only a convenience.
    }
  },
});
const thisBrowser = memory('localStorage');
const thisTab = memory('sessionStorage');

const state = {
  wanted: null, // {nickname, room} that we are in, or want to be in as soon as there is a connection
  joined: false,
  entered: false, // the conversation is on show, connected or not
  users: [],
  rooms: [],
  typing: new Map(), // nickname -> timer that forgets it
  messages: [],
  day: '', // of the last day divider
  outbox: thisTab.get('outbox') ?? [], // {room, nickname, text, fate: waiting|sending|sent|unclear|failed, after?, error?}
  unread: 0,
  atEnd: true,
};

// ---- Small parts --------------------------------------------------------------------------------

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const calendar = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });

function timeElement(time) {
  const node = element('time', '', clock.format(time));
  node.dateTime = new Date(time).toISOString();
  return node;
}

function dayName(time) {
  const day = new Date(time).toDateString();
  const now = new Date();
  if (day === now.toDateString()) return 'Today';
  now.setDate(now.getDate() - 1);
  return day === now.toDateString() ? 'Yesterday' : calendar.format(time);
}

// Steps of the golden angle keep the hues of neighbouring hash values far apart.
function hueOf(nickname) {
  let hash = 0;
  for (const character of nickname) hash = (hash * 193 + character.codePointAt(0)) >>> 0;
  return Math.round((hash % 97) * 137.508) % 360;
}

function initialsOf(nickname) {
  const words = nickname.split(/[\s._-]+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)].map((word) => [...word][0]) : [...nickname].slice(0, 2);
  return letters.join('').toUpperCase();
}

function avatar(nickname) {
  const node = element('span', 'avatar', initialsOf(nickname));
  node.style.setProperty('--hue', hueOf(nickname));
  node.setAttribute('aria-hidden', 'true');
  return node;
}

// ---- The conversation ---------------------------------------------------------------------------

const messageList = $('messages');
const outboxList = $('outbox');
const scroller = $('scroller');

function scrollToEnd() {
  scroller.scrollTop = scroller.scrollHeight;
  state.atEnd = true;
  forgetUnread();
}

function forgetUnread() {
  state.unread = 0;
  showUnread();
}

function showUnread() {
  $('unread').hidden = state.unread === 0 || state.atEnd;
  $('unread').textContent = `${plural(state.unread, 'new message', 'new messages')} ↓`;
  const place = state.entered ? `#${state.wanted.room}` : 'Chat';
  const count = state.unread > 0 ? `(${state.unread}) ` : '';
  document.title = `${count}${place} · Socket.IO for C++`;
}

function append(node) {
  messageList.append(node);
  $('empty').hidden = true;
  if (state.atEnd) scroller.scrollTop = scroller.scrollHeight;
}

function notice(text) {
  dayDivider(Date.now());
  const node = element('li', 'notice', text);
  node.append(' ', timeElement(Date.now()));
  append(node);
}

function dayDivider(time) {
  const day = new Date(time).toDateString();
  if (day === state.day) return;
  state.day = day;
  append(element('li', 'day', dayName(time)));
}

const webAddress = /\bhttps?:\/\/[^\s<>"“”]+/gi;
const afterAddress = /[.,:;!?'’…]+$/;

// Cuts text into strings and links. Punctuation at the end of an address, and a bracket that opened before it, belong to the
// sentence around it.
function withLinks(text) {
  const parts = [];
  let end = 0;
  for (const { 0: found, index } of text.matchAll(webAddress)) {
    let address = found.replace(afterAddress, '');
    while (address.endsWith(')') && address.split(')').length > address.split('(').length) {
      address = address.slice(0, -1).replace(afterAddress, '');
    }
    const link = element('a', '', address);
    link.href = address;
    if (link.host === '') continue; // no URL
    link.target = '_blank';
    link.rel = 'noopener noreferrer';
    parts.push(text.slice(end, index), link);
    end = index + address.length;
  }
  return [...parts, text.slice(end)];
}

function bubble(text, ...rest) {
  const node = element('div', 'bubble');
  node.append(element('span', 'body', ...withLinks(text)), ...rest);
  return node;
}

function showMessage(message, fresh) {
  dayDivider(message.time);
  const own = message.from === state.wanted?.nickname;
  const last = state.messages.at(-1);
  const follows =
    messageList.lastElementChild?.classList.contains('message') &&
    last?.from === message.from &&
    message.time - last.time < groupingGap;
  const node = element('li', 'message');
  node.classList.toggle('own', own);
  node.classList.toggle('follows', Boolean(follows));
  node.classList.toggle('fresh', fresh && !own);
  node.style.setProperty('--hue', hueOf(message.from));
  if (follows || own) {
    node.append(element('span', 'visually-hidden', own ? 'You' : message.from));
  } else {
    node.append(avatar(message.from), element('span', 'author', message.from));
  }
  node.append(bubble(message.text, timeElement(message.time)));
  append(node);
  state.messages.push(message);
}

function receive(message) {
  const own = message.from === state.wanted?.nickname;
  if (own) settle(message);
  forgetTyping(message.from);
  showMessage(message, true);
  if (!own && (!state.atEnd || document.hidden)) {
    state.unread += 1;
    showUnread();
  }
}

// What the server remembers is authoritative for a room that we enter. For a room that we come back to, it fills the gap.
function showHistory(history, comingBack) {
  const log = $('log');
  log.setAttribute('aria-busy', 'true');
  if (!comingBack) {
    messageList.replaceChildren();
    state.messages = [];
    state.day = '';
    state.atEnd = true;
    forgetUnread();
  }
  const key = ({ from, time, text }) => JSON.stringify([from, time, text]);
  const known = new Set(state.messages.map(key));
  const missed = history.filter((message) => !known.has(key(message)));
  if (comingBack) notice('You are connected again');
  for (const message of missed) {
    if (comingBack) {
      receive(message);
    } else {
      if (message.from === state.wanted.nickname) settle(message);
      showMessage(message, false);
    }
  }
  $('empty').hidden = messageList.childElementCount > 0 || outboxHere().length > 0;
  log.removeAttribute('aria-busy');
}

scroller.addEventListener(
  'scroll',
  () => {
    state.atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 48;
    if (state.atEnd && !document.hidden) forgetUnread();
  },
  { passive: true },
);
new ResizeObserver(() => state.atEnd && scrollToEnd()).observe(scroller);
document.addEventListener('visibilitychange', () => !document.hidden && state.atEnd && forgetUnread());
$('unread').addEventListener('click', () => {
  scrollToEnd();
  $('text').focus();
});

// ---- Messages on their way out ------------------------------------------------------------------

const outboxHere = () =>
  state.outbox.filter(({ room, nickname }) => room === state.wanted?.room && nickname === state.wanted?.nickname);

// Our own message came back. An older one with the same words does not count.
function settle({ text, time }) {
  const entry = outboxHere().find(
    (one) => one.text === text && time >= one.after && ['sending', 'sent', 'unclear'].includes(one.fate),
  );
  if (entry) discard(entry);
}

function discard(entry) {
  state.outbox = state.outbox.filter((one) => one !== entry);
  showOutbox();
}

function showOutbox() {
  thisTab.set('outbox', state.outbox);
  outboxList.replaceChildren(...outboxHere().map(outboxItem));
  outboxList.hidden = outboxList.childElementCount === 0;
  if (!outboxList.hidden) $('empty').hidden = true;
  if (state.atEnd) scroller.scrollTop = scroller.scrollHeight;
}

function outboxItem(entry, index) {
  const failed = entry.fate === 'failed';
  const onTheWay = entry.fate === 'sending' || entry.fate === 'sent';
  const node = element('li', `message own ${failed ? 'failed' : onTheWay ? 'pending' : 'waiting'}`);
  const lastShown = messageList.lastElementChild;
  node.classList.toggle('follows', index > 0 || Boolean(lastShown?.matches('.message.own')));
  const fate = failed ? `Not sent: ${entry.error}` : onTheWay ? 'Sending…' : 'Waiting for the connection';
  node.append(bubble(entry.text, element('span', 'fate', fate)));
  if (failed) {
    const actions = element('div', 'fate-actions');
    const retry = element('button', 'quiet', 'Try again');
    retry.addEventListener('click', () => {
      entry.fate = 'waiting';
      sendOutbox();
    });
    const drop = element('button', 'quiet', 'Delete');
    drop.addEventListener('click', () => discard(entry));
    actions.append(retry, drop);
    node.append(actions);
  }
  return node;
}

function sendOutbox() {
  if (state.joined && socket.connected) {
    for (const entry of outboxHere()) {
      if (entry.fate === 'waiting' || entry.fate === 'unclear') sendEntry(entry);
    }
  }
  showOutbox();
}

function sendEntry(entry) {
  if (entry.fate === 'waiting') entry.after = state.messages.at(-1)?.time ?? 0;
  entry.fate = 'sending';
  const begin = performance.now();
  socket.timeout(answerTimeout).emit('message', entry.text, (error, answer) => {
    if (!state.outbox.includes(entry)) {
      if (!error) showLatency(performance.now() - begin);
      return;
    }
    if (error && !socket.connected) {
      // It may have arrived before the connection went: the history tells when we are back.
      entry.fate = 'unclear';
    } else if (error || answer.error) {
      entry.fate = 'failed';
      entry.error = error ? 'the server did not answer' : answer.error;
    } else {
      entry.fate = 'sent';
      showLatency(performance.now() - begin);
    }
    showOutbox();
  });
}

// ---- Who is here, and who is typing -------------------------------------------------------------

function showUsers(users) {
  state.users = users;
  const names = [...users].sort((a, b) => a.localeCompare(b));
  $('people').replaceChildren(
    ...names.map((nickname) => {
      const item = element('li');
      item.append(avatar(nickname), element('span', 'person-name', nickname));
      if (nickname === state.wanted?.nickname) item.append(element('span', 'person-you', 'you'));
      return item;
    }),
  );
  $('people-count').textContent = users.length;
  $('room-people').textContent = `${users.length} online`;
  showRooms();
}

function showRooms() {
  const rooms = new Map(state.rooms.map(({ name, users }) => [name, users]));
  fillOpenRooms(rooms);
  if (!state.entered) return;
  const here = state.wanted.room;
  rooms.set(here, state.users.length);
  const names = [...rooms.keys()].sort((a, b) => a.localeCompare(b));
  const focused = document.activeElement?.closest('#rooms button')?.dataset.room;
  $('rooms').replaceChildren(
    ...names.map((name) => {
      const button = element('button', 'room');
      button.type = 'button';
      button.dataset.room = name;
      button.disabled = !state.joined;
      if (name === here) button.setAttribute('aria-current', 'true');
      const count = element('span', 'count', rooms.get(name));
      count.append(element('span', 'visually-hidden', ' online'));
      button.append(element('span', 'room-name', name), count);
      button.addEventListener('click', () => changeRoom(name));
      const item = element('li');
      item.append(button);
      if (name === focused) queueMicrotask(() => button.focus());
      return item;
    }),
  );
}

function fillOpenRooms(rooms) {
  const busiest = [...rooms].sort((a, b) => b[1] - a[1]).slice(0, 6);
  $('open-rooms').hidden = busiest.length === 0;
  $('open-room-list').replaceChildren(
    ...busiest.map(([name, users]) => {
      const chip = element('button', 'chip', name);
      chip.type = 'button';
      chip.append(element('span', 'count', users));
      chip.addEventListener('click', () => {
        $('room').value = name;
        ($('nickname').value.trim() ? $('join') : $('nickname')).focus();
      });
      const item = element('li');
      item.append(chip);
      return item;
    }),
  );
}

function rememberTyping(nickname) {
  clearTimeout(state.typing.get(nickname));
  state.typing.set(
    nickname,
    setTimeout(() => forgetTyping(nickname), typingExpiry),
  );
  showTyping();
}

function forgetTyping(nickname) {
  clearTimeout(state.typing.get(nickname));
  if (state.typing.delete(nickname)) showTyping();
}

function forgetAllTyping() {
  for (const nickname of [...state.typing.keys()]) forgetTyping(nickname);
}

function showTyping() {
  const names = [...state.typing.keys()];
  const texts = [
    () => '',
    () => `${names[0]} is typing…`,
    () => `${names[0]} and ${names[1]} are typing…`,
    () => `${names[0]}, ${names[1]} and ${names[2]} are typing…`,
  ];
  $('typing-text').textContent = (texts[names.length] ?? (() => `${names.length} people are typing…`))();
  $('typing').classList.toggle('on', names.length > 0);
}

const ownTyping = { told: 0, timer: 0 };

function tellTyping(typing) {
  clearTimeout(ownTyping.timer);
  if (typing) ownTyping.timer = setTimeout(() => tellTyping(false), typingRefresh);
  const now = performance.now();
  const due = typing ? ownTyping.told === 0 || now - ownTyping.told > typingRefresh : ownTyping.told !== 0;
  if (!due || !state.joined || !socket.connected) return;
  ownTyping.told = typing ? now : 0;
  socket.emit('typing', typing);
}

// ---- Writing ------------------------------------------------------------------------------------

const text = $('text');

function showComposer() {
  text.style.height = 'auto';
  text.style.height = `${text.scrollHeight}px`;
  const left = textLimit - text.value.length;
  $('left-over').hidden = left > 200;
  $('left-over').textContent = left;
  $('send').disabled = text.value.trim() === '';
  $('send-label').textContent = state.joined ? 'Send' : 'Send when connected again';
}

text.addEventListener('input', () => {
  showComposer();
  tellTyping(text.value.trim() !== '');
});
text.addEventListener('keydown', (event) => {
  // While an input method composes a character, Enter belongs to it.
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  $('composer').requestSubmit();
});
$('composer').addEventListener('submit', (event) => {
  event.preventDefault();
  const written = text.value.trim();
  if (written === '') return;
  text.value = '';
  tellTyping(false);
  showComposer();
  state.outbox.push({ ...state.wanted, text: written, fate: 'waiting' });
  sendOutbox();
  scrollToEnd();
  text.focus();
});

// ---- Entering, changing and leaving rooms -------------------------------------------------------

function ask(event, data, answered) {
  const begin = performance.now();
  socket.timeout(answerTimeout).emit(event, data, (error, answer) => {
    if (!error) showLatency(performance.now() - begin);
    answered(error ? { error: 'The server did not answer', lost: !socket.connected } : answer);
  });
}

const sameRoom = (a, b) => a?.room === b?.room && a?.nickname === b?.nickname;

function enter(answer, comingBack) {
  const { nickname, room, users, history } = answer;
  const wanted = { nickname, room };
  state.joined = true;
  state.entered = true;
  state.wanted = wanted;
  thisTab.set('session', wanted);
  thisBrowser.set('last', wanted);
  const address = new URL(location.href);
  address.searchParams.delete('name');
  address.searchParams.set('room', room);
  window.history.replaceState(null, '', address);

  forgetAllTyping();
  ownTyping.told = 0;
  $('join-error').textContent = '';
  $('room-error').textContent = '';
  $('room-title').textContent = room;
  text.placeholder = `Message #${room}`;
  $('welcome').hidden = true;
  $('chat').hidden = false;
  showUsers(users);
  showHistory(history, comingBack);
  showUnread();
  showLink();
  // The server has confirmed these, so that they are not sent again even if its history forgot them.
  state.outbox = state.outbox.filter(({ fate }) => fate !== 'sent');
  sendOutbox();
  showComposer();
  if (state.atEnd) scrollToEnd();
  if (!comingBack) text.focus();
}

function showWelcome(error = '') {
  state.joined = false;
  state.entered = false;
  state.wanted = null;
  thisTab.set('session', null);
  forgetAllTyping();
  closeDrawer();
  $('chat').hidden = true;
  $('welcome').hidden = false;
  $('join-error').textContent = error;
  showWaiting(false);
  showUnread();
  showLink();
  showRooms();
  ($('nickname').value ? $('join') : $('nickname')).focus();
}

function showWaiting(waiting) {
  $('join').disabled = waiting;
  $('join').textContent = !waiting ? 'Join' : socket.connected ? 'Joining…' : 'Joining when connected…';
}

// The first entry. Without a connection it waits for one.
function join() {
  const wanted = state.wanted;
  showWaiting(true);
  if (!socket.connected) {
    if (!socket.active) connectAgain();
    return;
  }
  ask('join', wanted, (answer) => {
    if (state.wanted !== wanted || answer.lost) return;
    if (!answer.error) {
      showWaiting(false);
      enter(answer, false);
      return;
    }
    showWelcome(answer.error);
    $('nickname').focus();
  });
}

function rejoin(deadline) {
  const wanted = state.wanted;
  ask('join', wanted, (answer) => {
    if (!sameRoom(state.wanted, wanted) || answer.lost) return;
    if (!answer.error) {
      enter(answer, true);
    } else if (performance.now() < deadline) {
      setTimeout(() => {
        if (sameRoom(state.wanted, wanted) && socket.connected && !state.joined) rejoin(deadline);
      }, rejoinPause);
    } else {
      showWelcome(answer.error);
    }
  });
}

function changeRoom(room) {
  if (!state.joined) return;
  closeDrawer();
  if (room === state.wanted.room) {
    text.focus();
    return;
  }
  tellTyping(false);
  ask('join', { nickname: state.wanted.nickname, room }, (answer) => {
    if (answer.lost) return;
    if (answer.error) {
      $('room-error').textContent = answer.error;
      openDrawer();
      return;
    }
    $('new-room').value = '';
    enter(answer, false);
  });
}

$('join-form').addEventListener('submit', (event) => {
  event.preventDefault();
  const nickname = $('nickname').value.trim();
  const room = $('room').value.trim() || 'lobby';
  $('room').value = room;
  if (nickname === '') {
    $('join-error').textContent = 'Please enter a nickname.';
    $('nickname').focus();
    return;
  }
  $('join-error').textContent = '';
  state.wanted = { nickname, room };
  join();
});
$('room-form').addEventListener('submit', (event) => {
  event.preventDefault();
  const room = $('new-room').value.trim();
  $('room-error').textContent = '';
  if (room !== '') changeRoom(room);
});
// The protocol has no event for leaving: a new connection starts outside every room.
$('leave').addEventListener('click', () => {
  showWelcome();
  socket.disconnect();
  connectAgain();
});

// ---- The drawer with the lists, on narrow windows -----------------------------------------------

const narrow = window.matchMedia('(max-width: 760px)');

function showDrawer(open) {
  $('side').classList.toggle('open', open);
  $('backdrop').classList.toggle('open', open);
  $('side-open').setAttribute('aria-expanded', String(open));
  $('side').inert = narrow.matches && !open;
  $('conversation').inert = narrow.matches && open;
}

function openDrawer() {
  if (!narrow.matches) return;
  showDrawer(true);
  $('side-close').focus();
}

function closeDrawer() {
  if (!$('side').classList.contains('open')) return;
  showDrawer(false);
  $('side-open').focus();
}

narrow.addEventListener('change', () => showDrawer(false));
$('side-open').addEventListener('click', openDrawer);
$('side-close').addEventListener('click', closeDrawer);
$('backdrop').addEventListener('click', closeDrawer);
document.addEventListener('keydown', (event) => event.key === 'Escape' && closeDrawer());
showDrawer(false);

// ---- The connection -----------------------------------------------------------------------------

const link = { state: 'connecting', attempt: 0, reason: '' };

function showLink(change = {}) {
  Object.assign(link, change);
  const node = $('connection');
  const words = {
    connecting: 'Connecting…',
    connected: 'Connected',
    reconnecting: link.attempt > 0 ? `Reconnecting, attempt ${link.attempt}` : 'Reconnecting…',
    disconnected: 'Disconnected',
  };
  node.dataset.state = link.state;
  node.dataset.attempt = link.attempt;
  // An unchanged text is not written again, so that it is not announced again.
  if ($('connection-text').textContent !== words[link.state]) $('connection-text').textContent = words[link.state];
  node.title = inWords(link.reason);

  $('chat').classList.toggle('offline', !state.joined);

  const reason = link.reason ? `: ${inWords(link.reason)}` : '';
  const banners = {
    connecting: '',
    connected: state.entered && !state.joined ? 'Connected again, entering the room…' : '',
    reconnecting: `Connection lost${reason}. The page sends what you write as soon as it is connected again.`,
    disconnected: `Disconnected${reason}. The page sends what you write when you connect again.`,
  };
  $('banner-text').textContent = banners[link.state];
  $('banner').hidden = banners[link.state] === '';
  $('reconnect').hidden = link.state !== 'disconnected';
}

function showTransport(name, upgraded = false) {
  const badge = $('transport');
  badge.hidden = name === '';
  badge.classList.toggle('upgraded', upgraded);
  badge.title = upgraded ? 'Began with polling, then upgraded' : '';
  if (upgraded) $('transport-former').textContent = badge.dataset.transport;
  badge.dataset.transport = name;
  $('transport-name').textContent = name;
  if (name === '') $('latency').textContent = '';
}

function showLatency(milliseconds) {
  $('latency').textContent = milliseconds < 1 ? '<1 ms' : `${Math.round(milliseconds)} ms`;
  $('latency').title = 'Time that the last answer took';
}

function connect() {
  const created = window.io({ reconnectionDelayMax: 4000 });

  created.io.on('open', () => {
    const { engine } = created.io;
    showTransport(engine.transport.name);
    engine.on('upgrade', (transport) => showTransport(transport.name, true));
  });
  created.io.on('reconnect_attempt', (attempt) => showLink({ state: 'reconnecting', attempt }));

  created.on('connect', () => {
    showLink({ state: 'connected', attempt: 0, reason: '' });
    if (state.entered) rejoin(performance.now() + rejoinPatience);
    else if (state.wanted) join();
  });
  created.on('connect_error', (error) => {
    if (created.active) showLink({ state: 'reconnecting', reason: link.reason || error.message });
    else showLink({ state: 'disconnected', reason: error.message });
    if (!state.entered && !created.active) $('join-error').textContent = `No connection: ${inWords(error.message)}`;
  });
  created.on('disconnect', (reason) => {
    state.joined = false;
    forgetAllTyping();
    showTransport('');
    // Only when one of the two sides ended it on purpose does the client not come back by itself.
    showLink({ state: created.active ? 'reconnecting' : 'disconnected', reason });
    for (const entry of state.outbox) {
      if (entry.fate === 'sending') entry.fate = 'unclear';
    }
    showOutbox();
    showRooms();
    showComposer();
  });

  created.on('message', receive);
  created.on('joined', ({ nickname, users }) => {
    showUsers(users);
    notice(`${nickname} joined`);
  });
  created.on('left', ({ nickname, users }) => {
    forgetTyping(nickname);
    showUsers(users);
    notice(`${nickname} left`);
  });
  created.on('typing', ({ nickname, typing }) => (typing ? rememberTyping(nickname) : forgetTyping(nickname)));
  created.on('rooms', (rooms) => {
    state.rooms = rooms;
    showRooms();
  });
  return created;
}

function connectAgain() {
  showLink({ state: 'connecting', attempt: 0, reason: '' });
  socket.connect();
}

$('reconnect').addEventListener('click', connectAgain);

// ---- Start --------------------------------------------------------------------------------------

const query = new URLSearchParams(location.search);
const session = thisTab.get('session');
const last = session ?? thisBrowser.get('last');
$('nickname').value = (query.get('name') ?? last?.nickname ?? '').slice(0, 24);
$('room').value = (query.get('room') ?? last?.room ?? 'lobby').slice(0, 32);

for (const entry of state.outbox) {
  if (entry.fate === 'sending') entry.fate = 'unclear';
}

let socket = null;
if (window.io) {
  socket = connect();
  const asked = { nickname: $('nickname').value, room: $('room').value };
  if (session && sameRoom(session, asked)) {
    // A reloaded tab goes back to where it was.
    state.wanted = session;
    showWaiting(true);
  } else {
    ($('nickname').value ? $('join') : $('nickname')).focus();
  }
} else {
  showLink({ state: 'disconnected' });
  $('join-error').textContent = `${clientIsMissing}.`;
  $('join').disabled = true;
}
