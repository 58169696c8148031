// The inspector's page in Chromium, against the real server.
//
//   SOCKETIO_SERVER=<program> node --test inspector.test.mjs

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sharePages, startServer } from './harness.mjs';

describe('the inspector', { timeout: 300_000 }, () => {
  const shared = sharePages();

  const open = () => shared.open('a reader', 'inspector.html');
  const value = ({ page }, text) => page.locator('#inspection td.value').getByText(text, { exact: true }).first();
  const choose = ({ page }, example) => page.getByRole('button', { name: example, exact: true }).click();

  test('the first example has been inspected when the page is there', async () => {
    const reader = await open();
    await value(reader, '11 2d f8 bd').waitFor(); // the masking key
    await reader.page.locator('#inspection').getByText('{"name":"msg","data":[12,5]}').first().waitFor();
    assert.equal(await reader.page.locator('#problem').isVisible(), false);
  });

  test('a handshake, with the accept value that belongs to its key', async () => {
    const reader = await open();
    await choose(reader, 'Handshake');
    await reader.page.locator('#inspection').getByText('J8qoXqbZoL7keWiAo6FOA9JV+mY=').first().waitFor();
    assert.equal(await reader.page.locator('#problem').isVisible(), false);
  });

  test('a Socket.IO event, a close frame and fragments around a ping', async () => {
    const reader = await open();
    const inspection = reader.page.locator('#inspection');
    await choose(reader, 'Socket.IO event');
    await inspection.getByText('chat message').first().waitFor();
    await choose(reader, 'Close');
    await inspection.getByText('1000').first().waitFor();
    await inspection.getByText('Goodbye').first().waitFor();
    await choose(reader, 'Fragments with a ping');
    await inspection.getByText('Hello', { exact: false }).first().waitFor();
    assert.ok((await inspection.locator('section').count()) >= 3, 'three frames');
  });

  test('what is typed is inspected, and what is wrong is said', async () => {
    const reader = await open();
    const pasted = reader.page.getByRole('textbox', { name: 'What to inspect' });
    await pasted.fill('89 02 68');
    await reader.page.locator('#problem').waitFor();
    await pasted.fill('89 02 68 69');
    await reader.page.locator('#problem').waitFor({ state: 'hidden' });
    await reader.page.locator('#inspection section').waitFor();
    await pasted.fill('');
    await reader.page.locator('#inspection section').waitFor({ state: 'detached' });
    await pasted.fill('<img src=x onerror="window.injected = true">');
    await reader.page.locator('#problem').waitFor();
    assert.equal(await reader.page.evaluate(() => window.injected), undefined);
  });

  test('it connects again on demand', async () => {
    let own = await startServer();
    try {
      const reader = await shared.open('a reader', `${own.url}inspector.html`);
      await value(reader, '11 2d f8 bd').waitFor();
      await own.stop();
      await reader.page.locator('#connection[data-state="disconnected"]').waitFor();
      own = await startServer({ port: own.port });
      await choose(reader, 'Close');
      await reader.page.locator('#inspection').getByText('Goodbye').first().waitFor();
      await reader.leave();
      await own.stop();
    } catch (error) {
      own.kill();
      throw error;
    }
  });

  test('pictures', async () => {
    const reader = await open();
    await value(reader, '11 2d f8 bd').waitFor();
    await reader.pictures('inspector');
    await choose(reader, 'Handshake');
    await reader.page.locator('#inspection').getByText('J8qoXqbZoL7keWiAo6FOA9JV+mY=').first().waitFor();
    await reader.pictures('inspector-handshake');
    await choose(reader, 'Fragments with a ping');
    await reader.page.locator('#inspection section').nth(2).waitFor();
    await reader.pictures('inspector-fragments');
  });
});
