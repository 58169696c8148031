// The clients of each version in Chromium, all with one server for each format. There the old ones poll with
// bytes and by scripts (JSONP), as they cannot in Node.js.
//
//   SOCKETIO_CONFORMANCE=<program> SOCKETIO_SERVER=<program> node --test client_versions.test.mjs

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { launch } from '../clients/program.mjs';
import { closeWindows, openWindow, startBrowser } from './harness.mjs';

const { resolve } = createRequire(import.meta.url);
const fileOf = (name) => ({ path: resolve(name) });

// npm's parser for Socket.IO 2, which has no file for pages.
function parserFor2() {
  const parser = resolve('socket.io-msgpack-parser-2');
  const emitter = createRequire(parser).resolve('component-emitter');
  const content = `{
    const emitter = ((module) => { ${readFileSync(emitter, 'utf8')}; return module.exports; })({});
    const require = (name) => (name === 'notepack.io' ? notepack : emitter);
    window.parser = ((exports) => { ${readFileSync(parser, 'utf8')}; return exports; })({});
  }`;
  return [fileOf('notepack.io/dist/notepack.js'), { content }];
}

// Its package does not export it.
const bundleOf3 = { path: resolve('socket.io-client-3/dist/socket.io.js').replace('io.js', 'io.msgpack.min.js') };

const text = 'é😀 "quoted"\nline \\n \\\\n \u2028';
const old = {
  polling: { transports: ['polling'] },
  'polling with base64': { transports: ['polling'], forceBase64: true },
  JSONP: { transports: ['polling'], forceJSONP: true },
  websocket: { transports: ['websocket'] },
  upgrade: { transports: ['polling', 'websocket'] },
};
const { JSONP, ...fresh } = old;
// For each format the scripts of each version, the text that it carries, and its ways.
const formats = {
  JSON: [
    // Clients of Socket.IO 1 have only ASCII over polling.
    { version: 1, scripts: [fileOf('socket.io-client-1/dist/socket.io.js')], text: 'a "quoted"\nline \\n \\\\n', ways: old },
    { version: 2, scripts: [fileOf('socket.io-client-2/dist/socket.io.js')], text, ways: old },
    { version: 3, scripts: [fileOf('socket.io-client-3/dist/socket.io.js')], text, ways: fresh },
    { version: 4, scripts: [{ url: '/socket.io/socket.io.js' }], text, ways: fresh },
  ],
  MessagePack: [
    { version: 2, scripts: [fileOf('socket.io-client-2/dist/socket.io.js'), ...parserFor2()], text, ways: old },
    { version: 3, scripts: [bundleOf3], text, ways: fresh },
    { version: 4, scripts: [{ url: '/socket.io/socket.io.msgpack.min.js' }], text, ways: fresh },
  ],
};

// What a page does with the client.
async function useClient([version, options, sent]) {
  const upgrades = options.transports.length > 1;
  // A client that has an answer to its probe upgrades within the poll that brings `connect`.
  const upgradeOf = ({ io }) => upgrades && new Promise((resolve) => io.engine.once('upgrade', resolve));
  const given = window.parser ? { ...options, parser: window.parser } : options;
  const socket = window.io(location.origin, { ...given, forceNew: true });
  const upgrade = upgradeOf(socket);
  const next = (name) => new Promise((resolve) => socket.once(name, (...values) => resolve(values)));
  const bytes = new Uint8Array([0, 1, 127, 128, 255]).buffer;
  const numbers = (value) => {
    if (ArrayBuffer.isView(value)) return [...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)];
    return value instanceof ArrayBuffer ? [...new Uint8Array(value)] : value;
  };
  await next('connect');
  await upgrade;
  const acknowledged = await new Promise((resolve) =>
    socket.emit('message-with-ack', sent, bytes, (...values) => resolve(values)),
  );
  socket.emit('message', { sent, bytes });
  const [back] = await next('message-back');
  const query = version < 3 ? `?token=${encodeURIComponent(sent)}` : '';
  const other = window.io(`${location.origin}/custom${query}`, { ...given, auth: { token: sent } });
  const otherUpgrade = upgradeOf(other);
  const [auth] = await new Promise((resolve) => other.once('auth', (...values) => resolve(values)));
  await otherUpgrade;
  const { name } = socket.io.engine.transport;
  socket.close();
  other.close();
  return { acknowledged: acknowledged.map(numbers), back: { ...back, bytes: numbers(back.bytes) }, auth, name };
}

for (const [format, versions] of Object.entries(formats)) {
  describe(`clients with ${format}`, { timeout: 300_000 }, () => {
    let program;
    let browser;
    before(async () => {
      const flags = format === 'JSON' ? [] : ['--msgpack'];
      program = await launch('conformance', ['--suite', 'socketio', '--eio3', ...flags]);
      browser = await startBrowser();
    });
    after(async () => {
      await browser?.close();
      await program?.stop();
    });

    for (const { version, scripts, text: sent, ways } of versions) {
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
          for (const script of scripts) await page.addScriptTag(script);
          const results = await page.evaluate(useClient, [version, options, sent]);
          const bytes = [0, 1, 127, 128, 255];
          assert.deepEqual(results, {
            acknowledged: [sent, bytes],
            back: { sent, bytes },
            auth: { token: sent },
            name: options.transports.at(-1),
          });
          if (options.transports.length === 1) {
            const binary = types.has('application/octet-stream');
            assert.equal(binary, version < 3 && way === 'polling', [...types].join());
          }
          await closeWindows([reader]);
        });
      }
    }
  });
}
