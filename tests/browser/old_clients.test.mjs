// The clients of Socket.IO 1 and 2 in Chromium, where they poll with bytes and by scripts (JSONP), as they
// cannot in Node.js.
//
//   SOCKETIO_CONFORMANCE=<program> SOCKETIO_SERVER=<program> node --test old_clients.test.mjs

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { launch } from '../clients/program.mjs';
import { closeWindows, openWindow, startBrowser } from './harness.mjs';

const scriptOf = (name) => createRequire(import.meta.url).resolve(`${name}/dist/socket.io.js`);
// Clients of Socket.IO 1 have only ASCII over polling.
const versions = [
  { version: 1, script: scriptOf('socket.io-client-1'), text: 'a "quoted"\nline \\n \\\\n' },
  { version: 2, script: scriptOf('socket.io-client-2'), text: 'é😀 "quoted"\nline \\n \\\\n \u2028' },
];
const ways = {
  polling: { transports: ['polling'] },
  'polling with base64': { transports: ['polling'], forceBase64: true },
  JSONP: { transports: ['polling'], forceJSONP: true },
  websocket: { transports: ['websocket'] },
  upgrade: { transports: ['polling', 'websocket'] },
};

describe('old clients', { timeout: 300_000 }, () => {
  let program;
  let browser;
  before(async () => {
    program = await launch('conformance', ['--suite', 'socketio', '--eio3']);
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.close();
    await program?.stop();
  });

  for (const { version, script, text } of versions) {
    for (const [way, options] of Object.entries(ways)) {
      test(`client ${version}, ${way}`, { timeout: 60_000 }, async () => {
        const reader = await openWindow(browser, 'a reader');
        const { page } = reader;
        const types = new Set();
        page.on('response', (response) => {
          if (response.url().includes('transport=polling&')) types.add(response.headers()['content-type']);
        });
        // Any page of this origin will do.
        reader.expected = /404/;
        await page.goto(program.url);
        await page.addScriptTag({ path: script });
        const results = await page.evaluate(
          async ([given, sent]) => {
            const upgrades = given.transports.length > 1;
            // A client that has an answer to its probe upgrades within the poll that brings `connect`.
            const upgradeOf = ({ io }) => upgrades && new Promise((resolve) => io.engine.once('upgrade', resolve));
            const socket = window.io(location.origin, { ...given, forceNew: true });
            const upgrade = upgradeOf(socket);
            const next = (name) => new Promise((resolve) => socket.once(name, (...values) => resolve(values)));
            const bytes = new Uint8Array([0, 1, 127, 128, 255]).buffer;
            const numbers = (value) => (value instanceof ArrayBuffer ? [...new Uint8Array(value)] : value);
            await next('connect');
            await upgrade;
            const acknowledged = await new Promise((resolve) =>
              socket.emit('message-with-ack', sent, bytes, (...values) => resolve(values)),
            );
            socket.emit('message', { sent, bytes });
            const [back] = await next('message-back');
            const other = window.io(`${location.origin}/custom?token=${encodeURIComponent(sent)}`, given);
            const otherUpgrade = upgradeOf(other);
            const [auth] = await new Promise((resolve) => other.once('auth', (...values) => resolve(values)));
            await otherUpgrade;
            const name = socket.io.engine.transport.name;
            socket.close();
            other.close();
            return { acknowledged: acknowledged.map(numbers), back: { ...back, bytes: numbers(back.bytes) }, auth, name };
          },
          [options, text],
        );
        const bytes = [0, 1, 127, 128, 255];
        assert.deepEqual(results, {
          acknowledged: [text, bytes],
          back: { sent: text, bytes },
          auth: { token: text },
          name: options.transports.at(-1),
        });
        const binary = types.has('application/octet-stream');
        assert.equal(binary, way === 'polling', [...types].join());
        await closeWindows([reader]);
      });
    }
  }
});
