// The chat page in Chromium, against the real server.
//
//   SOCKETIO_SERVER=<program> node --test chat.test.mjs

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { BrowserWindow, closeWindows, openWindow, phone, startBrowser, startServer, usualPhone } from './harness.mjs';

// ---- The people ---------------------------------------------------------------------------------

let browser;
let server;
let people = [];

// Chromium reports these on the console while nobody listens on the port.
const lostConnection = /net::ERR_(CONNECTION_(REFUSED|RESET|CLOSED)|EMPTY_RESPONSE|SOCKET_NOT_CONNECTED|INCOMPLETE_CHUNKED_ENCODING)/;

class Person extends BrowserWindow {
  async enter(room) {
    await this.page.getByLabel('Nickname').fill(this.name);
    await this.page.getByLabel('Room', { exact: true }).fill(room);
    await this.page.getByRole('button', { name: 'Join', exact: true }).click();
    await this.page.locator('#room-title', { hasText: room }).waitFor();
  }

  async write(text) {
    await this.page.getByLabel('Message', { exact: true }).fill(text);
  }

  async say(text) {
    await this.write(text);
    await this.page.keyboard.press('Enter');
    await this.sees(text, '.own');
  }

  // Waits until the log has a message with exactly this text.
  async sees(text, kind = ':not(.own)') {
    await this.page
      .locator(`#messages .message${kind}`)
      .filter({ has: this.page.getByText(text, { exact: true }) })
      .last()
      .waitFor();
  }

  async notices(text) {
    await this.page.locator('.notice', { hasText: text }).last().waitFor();
  }

  // Waits until the page lists exactly these people, in the order of their names.
  async seesOnline(...nicknames) {
    await this.page.waitForFunction(
      (expected) =>
        JSON.stringify([...document.querySelectorAll('#people .person-name')].map((node) => node.textContent)) ===
        expected,
      JSON.stringify(nicknames),
    );
  }

  async seesTyping(text) {
    await this.page.waitForFunction((expected) => document.querySelector('#typing-text').textContent === expected, text);
  }

  async connectionIs(state) {
    await this.page.locator(`#connection[data-state="${state}"]`).waitFor({ state: 'attached' });
  }

  async usesWebsocket() {
    await this.page.locator('#transport[data-transport="websocket"]').waitFor();
  }

  async messages() {
    return this.page.locator('#messages .message .body').allTextContents();
  }

  async hasNoHorizontalScroll() {
    await super.hasNoHorizontalScroll();
    const overflow = await this.page.locator('#scroller').evaluate((node) => node.scrollWidth - node.clientWidth);
    assert.ok(overflow <= 0, `the conversation scrolls ${overflow} sideways`);
  }
}

async function arrive(nickname, { query = '', at = server, ...options } = {}) {
  const person = await openWindow(browser, nickname, { Window: Person, ...options });
  people.push(person);
  await person.context.addInitScript(() => {
    window.seenTransports = [];
    new MutationObserver(() => {
      const name = document.getElementById('transport')?.dataset.transport;
      if (name && window.seenTransports.at(-1) !== name) window.seenTransports.push(name);
    }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-transport'] });
  });
  await person.page.goto(at.url + query);
  return person;
}

async function arriveIn(room, nickname, options) {
  const person = await arrive(nickname, options);
  await person.enter(room);
  return person;
}

// ---- Tests --------------------------------------------------------------------------------------

describe('the chat page', { timeout: 300_000 }, () => {
  before(async () => {
    server = await startServer();
    browser = await startBrowser();
  });

  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  afterEach(async () => {
    const present = people;
    people = [];
    await closeWindows(present);
  });

  test('two people see each other and chat both ways', async () => {
    const ada = await arriveIn('pair', 'Ada');
    await ada.seesOnline('Ada');
    const grace = await arriveIn('pair', 'Grace');
    await ada.notices('Grace joined');
    await ada.seesOnline('Ada', 'Grace');
    await grace.seesOnline('Ada', 'Grace');

    await ada.say('Hello Grace');
    await grace.sees('Hello Grace');
    await grace.say('Hello Ada');
    await ada.sees('Hello Ada');
    assert.deepEqual(await ada.messages(), ['Hello Grace', 'Hello Ada']);
    assert.deepEqual(await grace.messages(), ['Hello Grace', 'Hello Ada']);
  });

  test('typing shows to the others, and ends with the message', async () => {
    const ada = await arriveIn('typing', 'Ada');
    const grace = await arriveIn('typing', 'Grace');
    const linus = await arriveIn('typing', 'Linus');
    await ada.write('I was just');
    await grace.seesTyping('Ada is typing…');
    await linus.write('So was I');
    await grace.seesTyping('Ada and Linus are typing…');
    await ada.seesTyping('Linus is typing…');
    await ada.page.keyboard.press('Enter');
    await grace.seesTyping('Linus is typing…');
    await linus.write('');
    await grace.seesTyping('');
  });

  test('the badge shows polling first and then the upgrade to websocket', async () => {
    const ada = await arriveIn('transport', 'Ada');
    await ada.usesWebsocket();
    assert.deepEqual(await ada.page.evaluate(() => window.seenTransports), ['polling', 'websocket']);
    await ada.connectionIs('connected');
  });

  test('who leaves is noticed and no longer listed', async () => {
    const ada = await arriveIn('goodbye', 'Ada');
    const grace = await arriveIn('goodbye', 'Grace');
    const linus = await arriveIn('goodbye', 'Linus');
    await ada.seesOnline('Ada', 'Grace', 'Linus');
    await linus.leave();
    await ada.notices('Linus left');
    await ada.seesOnline('Ada', 'Grace');

    await grace.page.getByRole('button', { name: 'Leave' }).click();
    await ada.notices('Grace left');
    await ada.seesOnline('Ada');
    await grace.enter('goodbye');
    await ada.seesOnline('Ada', 'Grace');
  });

  test('changing the room', async () => {
    const ada = await arriveIn('start', 'Ada');
    const grace = await arriveIn('start', 'Grace');
    await ada.say('Shall we move?');
    await grace.sees('Shall we move?');

    await grace.page.getByLabel('New room').fill('quiet corner');
    await grace.page.keyboard.press('Enter');
    await grace.page.locator('#room-title', { hasText: 'quiet corner' }).waitFor();
    await ada.notices('Grace left');
    await ada.seesOnline('Ada');
    await grace.seesOnline('Grace');
    assert.deepEqual(await grace.messages(), []);

    await ada.page.getByRole('button', { name: 'quiet corner 1 online' }).click();
    await grace.notices('Ada joined');
    await ada.seesOnline('Ada', 'Grace');
    await ada.say('Better here');
    await grace.sees('Better here');
    // The messages of the first room stay there.
    assert.deepEqual(await ada.messages(), ['Better here']);
  });

  test('who comes later reads what was said before', async () => {
    const ada = await arriveIn('history', 'Ada');
    await ada.say('first');
    await ada.say('second');
    const grace = await arriveIn('history', 'Grace');
    await grace.sees('second');
    assert.deepEqual(await grace.messages(), ['first', 'second']);
  });

  test('a nickname that is taken is refused, and the form says so', async () => {
    await arriveIn('taken', 'Ada');
    const other = await arrive('Ada');
    await other.page.getByLabel('Nickname').fill('Ada');
    await other.page.getByLabel('Room', { exact: true }).fill('taken');
    await other.page.getByRole('button', { name: 'Join', exact: true }).click();
    await other.page.locator('#join-error:not(:empty)').waitFor();
    other.name = 'Ada two';
    await other.enter('taken');
    await other.seesOnline('Ada', 'Ada two');
  });

  test('the address fills in the form, and a reloaded tab goes back to its room', async () => {
    const ada = await arrive('Ada', { query: '?name=Ada%20L.&room=reload' });
    assert.equal(await ada.page.getByLabel('Nickname').inputValue(), 'Ada L.');
    assert.equal(await ada.page.getByLabel('Room', { exact: true }).inputValue(), 'reload');
    await ada.page.keyboard.press('Enter');
    await ada.seesOnline('Ada L.');
    await ada.say('before');
    await ada.page.reload();
    await ada.seesOnline('Ada L.');
    await ada.sees('before', '.own');
  });

  test('HTML in a message is text, and so are its line breaks', async () => {
    const ada = await arriveIn('html', 'Ada');
    const grace = await arriveIn('html', '<b>Grace</b>');
    const markup = '<img src=x onerror="window.injected = true"><b>bold</b> &amp;';
    await grace.say(markup);
    await ada.sees(markup);
    await ada.seesOnline('<b>Grace</b>', 'Ada');
    for (const { page } of [ada, grace]) {
      assert.equal(await page.locator('#chat :is(b, [src="x"])').count(), 0);
      assert.equal(await page.evaluate(() => window.injected), undefined);
    }

    await ada.write('one');
    await ada.page.keyboard.press('Shift+Enter');
    await ada.page.keyboard.type('two');
    await ada.page.keyboard.press('Enter');
    await grace.page.locator('#messages .message:not(.own)').waitFor();
    assert.deepEqual(await grace.messages(), [markup, 'one\ntwo']);
  });

  test('addresses in a message are links, and nothing else is', async () => {
    const ada = await arriveIn('links', 'Ada');
    const grace = await arriveIn('links', 'Grace');
    const linksOf = ({ page }) =>
      page.locator('#messages .message .body a').evaluateAll((links) =>
        links.map(({ textContent, href, target, rel }) => ({ text: textContent, href, target, rel })),
      );
    const link = (text, href = text) => ({ text, href, target: '_blank', rel: 'noopener noreferrer' });

    const message =
      'See https://example.com/a?b=c&d=%20#e, (http://example.org/x_(y)) or HTTPS://EXAMPLE.NET! ' +
      'Not javascript:alert(1), data:text/html,x, ftp://example.com, example.com, http:// or xhttps://.' +
      '\nhttps://example.com/"><img src=x onerror="window.injected=true">';
    await grace.write(message);
    await grace.page.keyboard.press('Enter');
    await ada.page.locator('#messages .message').waitFor();
    const expected = [
      link('https://example.com/a?b=c&d=%20#e'),
      link('http://example.org/x_(y)'),
      link('HTTPS://EXAMPLE.NET', 'https://example.net/'),
      link('https://example.com/'),
    ];
    for (const person of [ada, grace]) {
      await person.page.locator('#messages .message').waitFor();
      assert.deepEqual(await linksOf(person), expected);
      assert.deepEqual(await person.messages(), [message], 'the text is as it was written');
      assert.equal(await person.page.locator('#messages img').count(), 0);
      assert.equal(await person.page.evaluate(() => window.injected), undefined);
    }
  });

  test('times are written as the locale of the reader has them', async () => {
    const time = async (locale) => {
      const reader = await arriveIn('times', locale, { locale, timezoneId: 'UTC' });
      await reader.page.locator('.message .bubble time').first().waitFor();
      const node = reader.page.locator('.message .bubble time').first();
      return [await node.textContent(), new Date(await node.getAttribute('datetime'))];
    };
    const ada = await arriveIn('times', 'Ada');
    await ada.say('What time is it?');
    const [american, date] = await time('en-US');
    const [hours, minutes] = [date.getUTCHours(), String(date.getUTCMinutes()).padStart(2, '0')];
    assert.equal(american.replace(/\s/, ' '), `${hours % 12 || 12}:${minutes} ${hours < 12 ? 'AM' : 'PM'}`);
    assert.deepEqual(await time('de-DE'), [`${String(hours).padStart(2, '0')}:${minutes}`, date]);
  });

  test('a reader who scrolled up is left alone and told about new messages', async () => {
    const ada = await arriveIn('scroll', 'Ada', { viewport: { width: 900, height: 500 } });
    const grace = await arriveIn('scroll', 'Grace');
    for (let line = 1; line <= 15; line += 1) await grace.say(`line ${line}`);
    await ada.sees('line 15');
    const position = () => ada.page.locator('#scroller').evaluate((node) => node.scrollTop);
    const distance = () =>
      ada.page.locator('#scroller').evaluate((node) => node.scrollHeight - node.scrollTop - node.clientHeight);
    assert.ok((await position()) > 0, 'the conversation is longer than the window');
    assert.ok((await distance()) < 2, 'the newest message is in view');

    await ada.page.locator('#scroller').focus();
    await ada.page.keyboard.press('Home');
    await ada.page.waitForFunction(() => document.querySelector('#scroller').scrollTop === 0);
    await grace.say('are you there?');
    const button = ada.page.getByRole('button', { name: '1 new message' });
    await button.waitFor();
    assert.equal(await position(), 0);
    await button.click();
    await button.waitFor({ state: 'hidden' });
    assert.ok((await distance()) < 2, 'the button leads to the newest message');
  });

  test('after the server was away the page comes back by itself, with what was written meanwhile', async () => {
    let own = await startServer();
    try {
      const ada = await arriveIn('outage', 'Ada', { at: own });
      const grace = await arriveIn('outage', 'Grace', { at: own });
      await ada.say('all is well');
      await grace.sees('all is well');
      await Promise.all([ada.usesWebsocket(), grace.usesWebsocket()]);

      for (const person of [ada, grace]) person.expected = lostConnection;
      await own.stop();
      await ada.connectionIs('reconnecting');
      await grace.connectionIs('reconnecting');
      await ada.page.locator('#connection-text', { hasText: /^Reconnecting, attempt \d+$/ }).waitFor();
      // Words for people, not the protocol's.
      await ada.page
        .locator('#banner-text', { hasText: /^Connection lost: [\w ]+\. The page sends what you write as soon as it is connected again\.$/ })
        .waitFor();
      assert.doesNotMatch(await ada.page.locator('#banner-text').textContent(), /transport|poll|ping|io /);
      assert.doesNotMatch(await ada.page.locator('#connection').getAttribute('title'), /transport|poll|ping|io /);
      await ada.write('written while away');
      await ada.page.keyboard.press('Enter');
      await ada.page.locator('#outbox .waiting', { hasText: 'written while away' }).waitFor();
      await ada.pictures('reconnecting', {});

      own = await startServer({ port: own.port });
      await ada.connectionIs('connected');
      await grace.connectionIs('connected');
      await ada.seesOnline('Ada', 'Grace');
      await grace.seesOnline('Ada', 'Grace');
      await ada.sees('written while away', '.own');
      await ada.page.locator('#outbox').waitFor({ state: 'hidden' });
      await grace.sees('written while away');
      await grace.say('welcome back');
      await ada.sees('welcome back');
      assert.deepEqual(await ada.messages(), ['all is well', 'written while away', 'welcome back']);
      await ada.usesWebsocket();
      for (const person of [ada, grace]) person.expected = null;

      // They leave first: to them the end of this server would look like an error.
      await Promise.all([ada.leave(), grace.leave()]);
      await own.stop();
    } catch (error) {
      own.kill();
      throw error;
    }
  });

  test('on a phone nothing scrolls sideways, and the lists are in a drawer', async () => {
    const ada = await arrive('Ada', { ...phone, deviceScaleFactor: 1 });
    await ada.hasNoHorizontalScroll();
    await ada.picture('phone-join');
    await ada.enter('a room with quite a long name...');
    await ada.say('w'.repeat(300));
    await ada.hasNoHorizontalScroll();

    const people = ada.page.locator('#people');
    assert.equal(await people.isVisible(), false);
    await ada.page.getByRole('button', { name: 'Rooms and people', exact: true }).click();
    await people.waitFor();
    await ada.hasNoHorizontalScroll();
    await ada.page.keyboard.press('Escape');
    await people.waitFor({ state: 'hidden' });
  });

  test('pictures of a conversation', async () => {
    const grace = await arriveIn('lobby', 'Grace Hopper');
    await grace.usesWebsocket();
    const bjarne = await arriveIn('lobby', 'Bjarne');
    const lists = await arrive('Lists');
    await lists.page.evaluate(async () => {
      const rooms = { 'c++20': ['Alexander', 'Barbara', 'Ken'], benchmarks: ['Margaret', 'Donald'], random: ['Niklaus'] };
      for (const [room, nicknames] of Object.entries(rooms)) {
        for (const nickname of nicknames) {
          const socket = window.io({ forceNew: true });
          await new Promise((resolve) => socket.emit('join', { nickname, room }, resolve));
        }
      }
    });
    await grace.say('The chat server is up: one C++ binary, and the official client.');
    const ada = await arriveIn('lobby', 'Ada');
    await bjarne.say('Nice. Just a socket and a lambda, then?');
    await ada.say('Exactly:');
    await ada.say('io.on("connection", [](socketio::socket socket) {\n  socket.emit("hello", "from C++");\n});');
    await grace.say('It begins with long polling and moves to WebSocket by itself.');
    await grace.say('And if the server restarts, everybody is back in the room a moment later.');
    await ada.say('With what I wrote in the meantime. Nothing gets lost ✓');
    await bjarne.say('Is that https://socket.io/docs/v4/connection-state-recovery?');
    await bjarne.say('And how many clients on one core?');
    await bjarne.sees('With what I wrote in the meantime. Nothing gets lost ✓');
    await ada.usesWebsocket();
    await grace.write('Let me look that up');
    await ada.seesTyping('Grace Hopper is typing…');
    await ada.sees('And how many clients on one core?');
    await ada.picture('desktop-light');
    await ada.page.emulateMedia({ colorScheme: 'dark' });
    await ada.picture('desktop-dark');

    const reader = await arriveIn('lobby', 'Linus', { ...phone, viewport: usualPhone });
    await reader.say('Reading along on the phone');
    await reader.usesWebsocket();
    await reader.hasNoHorizontalScroll();
    await reader.picture('phone');
    await reader.page.emulateMedia({ colorScheme: 'dark' });
    await reader.picture('phone-dark');
    await reader.page.getByRole('button', { name: 'Rooms and people', exact: true }).click();
    await reader.page.locator('#people').waitFor();
    await reader.picture('phone-drawer');

    const stranger = await arrive('Stranger');
    await stranger.page.locator('#open-rooms').waitFor();
    await stranger.pictures('join', {});
  });
});
