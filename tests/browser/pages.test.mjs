// What all pages of the demo share, in Chromium, against the real server.
//
//   SOCKETIO_SERVER=<program> node --test pages.test.mjs

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { phone, sharePages } from './harness.mjs';

const pages = {
  Chat: ['', 'chat.cpp'],
  WebSocket: ['websocket.html', 'echo.cpp'],
  Upload: ['upload.html', 'uploads.cpp'],
  'Cross-origin': ['cross-origin.html', 'cross_origin.cpp'],
  Inspector: ['inspector.html', 'inspector.cpp'],
};

describe('every page', { timeout: 120_000 }, () => {
  const shared = sharePages();

  for (const [name, [path, source]] of Object.entries(pages)) {
    test(`${name}: the navigation, and the C++ that serves it`, async () => {
      const reader = await shared.open('a reader', path, phone);
      const { page } = reader;
      await reader.hasNoHorizontalScroll();
      const links = page.getByRole('navigation').getByRole('link');
      assert.deepEqual(await links.allTextContents(), Object.keys(pages));
      assert.deepEqual(await page.getByRole('navigation').locator('[aria-current]').allTextContents(), [name]);
      // A phone shows all links without scrolling.
      for (const link of await links.all()) {
        const box = await link.boundingBox();
        assert.ok(box.x >= 0 && box.x + box.width <= phone.viewport.width, `${await link.textContent()} is cut off`);
      }

      const href = await page.getByRole('link', { name: source }).getAttribute('href');
      const response = await page.request.get(new URL(href, page.url()).href);
      assert.equal(response.status(), 200);
      assert.equal(response.headers()['content-type'], 'text/plain; charset=utf-8');
      assert.match(await response.text(), /^#include "/);
    });
  }

  test('the navigation leads from each to the next', async () => {
    const { page } = await shared.open('a reader', '');
    for (const [name, [path]] of Object.entries(pages).reverse()) {
      await page.getByRole('navigation').getByRole('link', { name }).click();
      await page.waitForURL(new URL(path, shared.server.url).href);
    }
  });
});
