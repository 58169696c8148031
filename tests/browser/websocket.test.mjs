// The native WebSocket page in Chromium, against the real server.
//
//   SOCKETIO_SERVER=<program> node --test websocket.test.mjs

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { phone, sharePages, usualPhone } from './harness.mjs';

describe('the WebSocket page', { timeout: 300_000 }, () => {
  const shared = sharePages();

  async function openConnected() {
    const reader = await shared.open('a reader', 'websocket.html');
    await connected(reader);
    return reader;
  }

  const connected = ({ page }) => page.locator('#connection[data-state="connected"]').waitFor();

  // Waits for the first event of a kind with these words, and returns its text.
  async function event({ page }, kind, words) {
    return page.locator(`.event.${kind}`, { hasText: words }).locator('.what').first().textContent();
  }

  async function send({ page }, message) {
    await page.getByLabel('Message', { exact: true }).fill(message);
    await page.getByRole('button', { name: 'Send', exact: true }).click();
  }

  test('the facts of the handshake', async () => {
    const reader = await openConnected();
    assert.equal(await reader.page.locator('#url').textContent(), `ws://localhost:${shared.server.port}/echo`);
    assert.equal(await reader.page.locator('#protocol').textContent(), 'echo');
    assert.match(await reader.page.locator('#extensions').textContent(), /^permessage-deflate/);
    assert.match(await event(reader, 'open', 'after'), /^after [\d.]+ m?s$/);
  });

  test('text comes back as text, and HTML in it is text', async () => {
    const reader = await openConnected();
    await send(reader, 'Grüße <b>bold</b>');
    assert.match(await event(reader, 'message', 'Grüße'), /^text, 19 bytes, after [\d.]+ m?s Grüße <b>bold<\/b>$/);
    assert.equal(await reader.page.locator('#events b').count(), 0);
  });

  test('bytes come back as bytes, and what is not hexadecimal is not sent', async () => {
    const reader = await openConnected();
    await reader.page.getByLabel('Bytes in hexadecimal').check();
    await send(reader, '00 ff 80 1');
    await reader.page.getByText('Write each byte as two').waitFor();
    assert.equal(await reader.page.locator('.event.sent').count(), 0);
    await send(reader, '00 ff 80 10');
    assert.match(await event(reader, 'message', 'binary'), /^binary, 4 bytes, after [\d.]+ m?s 00 ff 80 10$/);
    await send(reader, '');
    assert.match(await event(reader, 'message', '0 bytes'), /^binary, 0 bytes/);
  });

  test('a megabyte, as text and as bytes', async () => {
    const reader = await openConnected();
    const large = reader.page.getByRole('button', { name: '1 MB message' });
    await large.click();
    assert.match(await event(reader, 'message', 'text'), /^text, 1\.0 MB, after /);
    await reader.page.getByLabel('Bytes in hexadecimal').check();
    await large.click();
    assert.match(await event(reader, 'message', 'binary'), /^binary, 1\.0 MB, after /);
    assert.equal(await reader.page.locator('.event.error').count(), 0);
  });

  test('a thousand messages come back in order', async () => {
    const reader = await openConnected();
    await reader.page.getByRole('button', { name: '1000 messages' }).click();
    assert.match(
      await event(reader, 'message', 'came back'),
      /^1,000 messages of 64 bytes came back, in order, in [\d.]+ m?s: [\d,]+ messages\/s$/,
    );
    await send(reader, 'and one more');
    assert.match(await event(reader, 'message', 'and one more'), /^text, 12 bytes/);
  });

  test('closing with a code and a reason, and connecting again', async () => {
    const reader = await openConnected();
    const { page } = reader;
    const close = async (code) => {
      await page.getByLabel('Close code').fill(code);
      await page.getByRole('button', { name: 'Disconnect' }).click();
    };
    await page.getByLabel('Reason').fill('enough');
    await close('1001');
    await page.getByText('A page may close with').waitFor();
    await close('3001');
    assert.match(await event(reader, 'close', 'code'), /^code 3001, .*, wasClean true$/);
    await page.locator('#connection[data-state="disconnected"]').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Send', exact: true }).isEnabled(), false);

    await page.getByLabel('Subprotocol to offer').fill('');
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await connected(reader);
    assert.equal(await page.locator('#protocol').textContent(), 'none');
    await send(reader, 'back again');
    assert.match(await event(reader, 'message', 'back again'), /^text/);
  });

  test('on a phone the events are in view, and no button stands alone in a line', async () => {
    for (const viewport of [usualPhone, phone.viewport]) {
      const reader = await shared.open('a reader', 'websocket.html', { viewport });
      await connected(reader);
      await reader.page.locator('.event.open').waitFor();
      const event = await reader.page.locator('.event.open').boundingBox();
      const bottom = event.y + event.height;
      assert.ok(bottom <= viewport.height, `the first event ends at ${bottom} in a window of ${viewport.height}`);
      // Beside another control of its form, or as wide as the form itself.
      const alone = await reader.page.locator('main form').evaluateAll((forms) =>
        forms.flatMap((form) => {
          const boxes = new Map([...form.querySelectorAll('button, input, textarea')].map((node) => [node, node.getBoundingClientRect()]));
          const width = form.getBoundingClientRect().width;
          return [...boxes]
            .filter(([node, box]) => {
              const hasNeighbour = [...boxes].some(([other, { top, bottom }]) => other !== node && top < box.bottom && bottom > box.top);
              return node.matches('button') && !hasNeighbour && box.width < width - 1;
            })
            .map(([node]) => node.textContent);
        }),
      );
      assert.deepEqual(alone, []);
      await reader.leave();
    }
  });

  test('the empty list of events says that it is empty', async () => {
    const reader = await openConnected();
    const empty = reader.page.getByText('Nothing yet.');
    await reader.page.locator('.event.open').waitFor();
    assert.equal(await empty.isVisible(), false);
    await reader.page.getByRole('button', { name: 'Clear' }).click();
    await empty.waitFor();
  });

  test('times are written as the locale of the reader has them', async () => {
    for (const [locale, pattern] of [
      ['en-US', /^\d{1,2}:\d\d:\d\d\.\d{3}\s[AP]M$/],
      ['en-GB', /^\d{1,2}:\d\d:\d\d\.\d{3}$/],
      ['de-DE', /^\d{1,2}:\d\d:\d\d,\d{3}$/],
    ]) {
      const reader = await shared.open(locale, 'websocket.html', { locale });
      assert.match(await reader.page.locator('.event.open time').textContent(), pattern);
    }
  });

  test('pictures', async () => {
    const reader = await openConnected();
    await send(reader, 'Hello from the browser');
    await event(reader, 'message', 'Hello');
    await reader.page.getByRole('button', { name: '1 MB message' }).click();
    await event(reader, 'message', '1.0 MB');
    await reader.page.getByRole('button', { name: '1000 messages' }).click();
    await event(reader, 'message', 'came back');
    await reader.pictures('websocket');
  });
});
