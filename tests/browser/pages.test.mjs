// What all pages of the demo share, in Chromium, against the real server.
//
//   SOCKETIO_SERVER=<program> node --test pages.test.mjs

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { phone, sharePages, withServer } from './harness.mjs';

const pages = {
  Chat: ['', 'chat.cpp'],
  WebSocket: ['websocket.html', 'echo.cpp'],
  Upload: ['upload.html', 'uploads.cpp'],
  'Cross-origin': ['cross-origin.html', 'cross_origin.cpp'],
  Inspector: ['inspector.html', 'inspector.cpp'],
};

const get = (url) => fetch(url, { redirect: 'manual' });

describe('every page', { timeout: 300_000 }, () => {
  const shared = sharePages();

  for (const [name, [path, source]] of Object.entries(pages)) {
    test(`${name}: the navigation, and a footer with the version and the C++ that serves the page`, async () => {
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

      const footer = page.locator('footer:visible');
      await footer.filter({ hasText: /^Socket\.IO for C\+\+ \d+\.\d+\.\d+ · Source: / }).waitFor();
      const href = await footer.getByRole('link', { name: source }).getAttribute('href');
      const response = await page.request.get(new URL(href, page.url()).href);
      assert.equal(response.status(), 200);
      assert.equal(response.headers()['content-type'], 'text/plain; charset=utf-8');
      assert.match(await response.text(), /^#include "/);
    });

    test(`${name}: the keyboard reaches all controls, and shows where it is`, async () => {
      const { page } = await shared.open('a reader', path);
      await page.locator('footer:visible', { hasText: 'Source' }).waitFor();
      await page.mouse.click(1, 1); // the header, from which the next one is the first
      const expected = await page.evaluate(() => {
        // One radio button of a group takes the focus.
        const controls = document.querySelectorAll('a[href], button:enabled, input:enabled, textarea, [tabindex="0"]');
        return [...controls].filter((node) => node.checkVisibility() && !(node.type === 'radio' && !node.checked)).length;
      });
      for (let reached = 0; reached < expected; reached += 1) {
        await page.keyboard.press('Tab');
        const focus = await page.evaluate(() => {
          const node = document.activeElement;
          const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(node);
          const { top, bottom } = node.getBoundingClientRect();
          return {
            what: node === document.body ? 'nothing' : node.outerHTML.slice(0, 100),
            isShown: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 && !/, 0\)$/.test(outlineColor),
            isInView: bottom > 0 && top < window.innerHeight,
          };
        });
        assert.notEqual(focus.what, 'nothing', `${reached} of ${expected} controls have been reached`);
        assert.ok(focus.isShown, `the focus is not shown on ${focus.what}`);
        assert.ok(focus.isInView, `out of view: ${focus.what}`);
      }
    });
  }

  test('the navigation leads from each to the next', async () => {
    const { page } = await shared.open('a reader', '');
    for (const [name, [path]] of Object.entries(pages).reverse()) {
      await page.getByRole('navigation').getByRole('link', { name }).click();
      await page.waitForURL(new URL(path, shared.server.url).href);
    }
  });

  test('only the pages are served, not what npm keeps beside them', async () => {
    const { url } = shared.server;
    for (const path of ['', 'index.html', 'site.js', 'site.css', 'favicon.svg']) {
      const response = await get(url + path);
      assert.equal(response.status, 200, path);
      assert.equal(response.headers.get('x-content-type-options'), 'nosniff', path);
    }
    for (const path of [
      'package.json',
      'package-lock.json',
      'package%2Ejson',
      'node_modules',
      'node_modules/',
      'node_modules/.package-lock.json',
      'node_modules/socket.io-client/package.json',
      'node_modules/socket.io-client/dist/socket.io.js',
      'node_modules%2Fsocket.io-client%2Fdist%2Fsocket.io.js',
      'no-such-page.html',
    ]) {
      assert.equal((await get(url + path)).status, 404, path);
    }
  });

  test('without the source the footers have no dead link to it', async () => {
    await withServer({ source: null }, async (own) => {
      const reader = await shared.open('a reader', `${own.url}inspector.html`);
      await reader.page.locator('footer .version', { hasText: /^\d+\.\d+\.\d+$/ }).waitFor();
      assert.equal(await reader.page.locator('footer').getByText('Source').isVisible(), false);
      assert.equal(await reader.page.getByRole('link', { name: '.cpp' }).count(), 0);
      await reader.leave();
    });
  });
});
