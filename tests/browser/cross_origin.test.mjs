// The page about other origins in Chromium, against the real server.
//
//   SOCKETIO_SERVER=<program> node --test cross_origin.test.mjs

import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { sharePages, startServer, withServer } from './harness.mjs';

// Chromium reports these on the console when it refuses a request to another origin.
const refusal = /blocked by CORS policy|net::ERR_FAILED/;
const refusedHandshake = /WebSocket connection to .* failed: .*403/;

describe('the cross-origin page', { timeout: 300_000 }, () => {
  let kept;
  const shared = sharePages(async () => {
    kept = await mkdtemp(join(tmpdir(), 'cross-origin-test-'));
    return { options: ['--uploads', kept] };
  });
  after(() => rm(kept, { recursive: true }));

  const openElsewhere = () => shared.open('a stranger', `${shared.server.crossUrl}cross-origin.html`);
  const outcome = ({ page }, action, kind) => page.locator(`#${action}-outcome[data-outcome="${kind}"]`);

  // Returns the values that the page shows with an outcome, by their names.
  async function facts(stranger, action, kind) {
    const shown = outcome(stranger, action, kind);
    await shown.waitFor();
    const [names, values] = [await shown.locator('dt').allTextContents(), await shown.locator('dd').allTextContents()];
    return Object.fromEntries(names.map((name, index) => [name, values[index]]));
  }

  test('on the main port it leads to the other one', async () => {
    const reader = await shared.open('a reader', 'cross-origin.html');
    await reader.page.locator('#elsewhere').waitFor();
    await reader.pictures('cross-origin-main');
    await reader.page.locator('#cross-link').click();
    await reader.page.locator('#crossing').waitFor();
    assert.equal(reader.page.url(), `${shared.server.crossUrl}cross-origin.html`);
    assert.equal(await reader.page.locator('#from').textContent(), `http://localhost:${shared.server.crossPort}`);
    assert.equal(await reader.page.locator('#to').textContent(), `http://localhost:${shared.server.port}`);
  });

  test('without a second origin the page says how to get one, and leads nowhere', async () => {
    await withServer({ crossPort: null }, async (own) => {
      const reader = await shared.open('a reader', `${own.url}cross-origin.html`);
      await reader.page.getByText('The server has one origin only.').waitFor();
      await reader.page.getByText('scripts/demo --cross-port 3001').waitFor();
      await reader.page.getByText(`scripts/demo --origin http://localhost:${own.port} --cross-origin `).waitFor();
      assert.equal(await reader.page.getByRole('main').getByRole('link').count(), 0);
      await reader.pictures('cross-origin-missing');
      await reader.leave();
    });
  });

  // A name for this machine that the server does not know: as seen through a proxy, or from another machine.
  const proxied = (url, host) => url.replace('localhost', host);

  test('at an address that the server does not know it says so, and leads nowhere', async () => {
    const reader = await shared.open('a reader', proxied(`${shared.server.url}cross-origin.html`, 'chat.localhost'));
    await reader.page
      .getByText(`Your browser found this page at http://chat.localhost:${shared.server.port}, but the server knows only http://localhost:${shared.server.port},`)
      .waitFor();
    assert.equal(await reader.page.getByRole('main').getByRole('link').count(), 0);
  });

  test('behind a proxy it leads to the origin that the server has been told, which may use the main one', async () => {
    // One port, at which browsers find the server under two names.
    const first = await startServer({ crossPort: null });
    await first.stop();
    const origin = `http://chat.localhost:${first.port}`;
    const cross = `http://other.localhost:${first.port}`;
    const options = [`--origin=${origin}`, `--cross-origin=${cross}/`];
    await withServer({ port: first.port, crossPort: null, options }, async () => {
      const reader = await shared.open('a reader', `${origin}/cross-origin.html`);
      await reader.page.locator('#cross-link').click();
      await reader.page.locator('#crossing').waitFor();
      assert.equal(reader.page.url(), `${cross}/cross-origin.html`);
      assert.equal(await reader.page.locator('#to').textContent(), origin);
      await reader.page.getByRole('button', { name: 'Upload a small file' }).click();
      assert.equal((await facts(reader, 'upload', 'allowed')).Note, `from ${cross}`);
      await reader.page.getByRole('button', { name: 'Connect' }).click();
      await outcome(reader, 'connect', 'allowed').filter({ hasText: 'polling, then websocket' }).waitFor();
      await reader.leave();
    });
  });

  test('the upload is allowed, and the page may read the field that is exposed', async () => {
    const stranger = await openElsewhere();
    await stranger.page.getByRole('button', { name: 'Upload a small file' }).click();
    assert.deepEqual(await facts(stranger, 'upload', 'allowed'), {
      Status: '200',
      Stored: 'small.txt, 34 bytes',
      Note: `from http://localhost:${shared.server.crossPort}`,
      'X-Upload-Size': '34',
    });
    assert.equal((await readdir(kept)).length, 1);
  });

  test('Socket.IO is allowed, with both transports', async () => {
    const stranger = await openElsewhere();
    await stranger.page.getByRole('button', { name: 'Connect' }).click();
    await outcome(stranger, 'connect', 'allowed').filter({ hasText: 'polling, then websocket' }).waitFor();
    assert.match((await facts(stranger, 'connect', 'allowed'))['Socket id'], /^[\w-]{20}$/);
  });

  test('the private upload is refused, and the page says why', async () => {
    const stranger = await openElsewhere();
    const before = await readdir(kept);
    stranger.expected = refusal;
    await stranger.page.getByRole('button', { name: 'Try to upload' }).click();
    const origin = `http://localhost:${shared.server.crossPort}`;
    assert.deepEqual(await facts(stranger, 'private', 'refused'), {
      Error: 'TypeError: Failed to fetch',
      Reason: `the server sent no Access-Control-Allow-Origin for ${origin}, since this route is open to https://partner.example`,
    });
    assert.deepEqual(await readdir(kept), before);
  });

  test('a form that needs no preflight is not let through either', async () => {
    const stranger = await openElsewhere();
    const before = await readdir(kept);
    stranger.expected = /403/;
    await stranger.page.evaluate(async (url) => {
      const form = new FormData();
      form.append('file', new Blob(['simple']), 'simple.txt');
      await fetch(url, { method: 'POST', mode: 'no-cors', body: form });
    }, `${shared.server.url}private/upload`);
    assert.deepEqual(await readdir(kept), before);
  });

  test('the echo route is for pages of the server itself', async () => {
    const stranger = await openElsewhere();
    stranger.expected = refusedHandshake;
    const opened = (url) =>
      stranger.page.evaluate(
        (target) =>
          new Promise((resolve) => {
            const socket = new WebSocket(target);
            socket.onopen = () => resolve(true);
            socket.onclose = () => resolve(false);
          }),
        url.replace('http', 'ws'),
      );
    assert.equal(await opened(`${shared.server.url}echo`), false);
    assert.equal(await opened(`${shared.server.crossUrl}echo`), true);
  });

  test('pictures', async () => {
    const stranger = await openElsewhere();
    stranger.expected = refusal;
    await stranger.page.getByRole('button', { name: 'Upload a small file' }).click();
    await outcome(stranger, 'upload', 'allowed').waitFor();
    await stranger.page.getByRole('button', { name: 'Connect' }).click();
    await outcome(stranger, 'connect', 'allowed').filter({ hasText: 'websocket' }).waitFor();
    await stranger.page.getByRole('button', { name: 'Try to upload' }).click();
    await outcome(stranger, 'private', 'refused').waitFor();
    await stranger.pictures('cross-origin');
  });
});
