// The page about other origins in Chromium, against the real server.
//
//   SOCKETIO_SERVER=<program> node --test cross_origin.test.mjs

import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { sharePages } from './harness.mjs';

// Chromium reports these on the console when it refuses a request to another origin.
const refusal = /blocked by CORS policy|net::ERR_FAILED/;
const refusedHandshake = /WebSocket connection to .* failed: .*403/;

describe('the cross-origin page', { timeout: 120_000 }, () => {
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
    await reader.picture('cross-origin-main');
    await reader.page.locator('#cross-link').click();
    await reader.page.locator('#crossing').waitFor();
    assert.equal(reader.page.url(), `${shared.server.crossUrl}cross-origin.html`);
    assert.equal(await reader.page.locator('#from').textContent(), `http://localhost:${shared.server.crossPort}`);
    assert.equal(await reader.page.locator('#to').textContent(), `http://localhost:${shared.server.port}`);
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
      Reason: `the server sent no Access-Control-Allow-Origin for ${origin}, since the route is open to https://partner.example`,
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
