// The upload page in Chromium, against the real server.
//
//   SOCKETIO_SERVER=<program> node --test upload.test.mjs

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { sharePages } from './harness.mjs';

const megabyte = 1_000_000;

// Bytes without a pattern, the same in each run.
function noise(size) {
  const bytes = Buffer.alloc(size);
  for (let index = 0, state = 1; index < size; index += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

describe('the upload page', { timeout: 300_000 }, () => {
  let folder; // contains the server's folder `kept`, and the files to upload
  const inFolder = (name) => join(folder, name);

  const shared = sharePages(async () => {
    folder = await mkdtemp(join(tmpdir(), 'upload-test-'));
    const kept = await mkdtemp(inFolder('kept-'));
    shared.kept = kept;
    return { options: ['--uploads', kept] };
  });
  after(() => rm(folder, { recursive: true }));

  const open = async (name, options) => {
    const opened = await shared.open(name, 'upload.html', options);
    if (options?.javaScriptEnabled !== false) await opened.page.locator('#connection[data-state="connected"]').waitFor();
    return opened;
  };

  const own = ({ page }, name) => page.locator('#transfers .transfer').filter({ hasText: name });
  const seen = ({ page }, name) => page.locator('#seen .transfer').filter({ hasText: name });

  async function file(name, content) {
    await writeFile(inFolder(name), content);
    return inFolder(name);
  }

  async function throttle({ context, page }, bytesPerSecond) {
    const session = await context.newCDPSession(page);
    await session.send('Network.enable');
    await session.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput: bytesPerSecond,
    });
  }

  // Records the values of all bars of a list from now on; returns a function that returns them.
  async function watchBars({ page }, list) {
    await page.locator(list).evaluate((node) => {
      window.values ??= {};
      const values = (window.values[node.id] = new Set());
      new MutationObserver(() => {
        for (const bar of node.querySelectorAll('progress')) values.add(bar.value);
      }).observe(node, { subtree: true, childList: true, attributes: true, attributeFilter: ['value'] });
    });
    return () => page.evaluate((id) => [...window.values[id]].sort((a, b) => a - b), list.slice(1));
  }

  const digest = (content) => createHash('sha256').update(content).digest('hex');

  async function keptDigests() {
    const names = await readdir(shared.kept);
    return Promise.all(names.map(async (name) => digest(await readFile(join(shared.kept, name)))));
  }

  test('files of no and of one byte, with a note', async () => {
    const [ada, grace] = [await open('Ada'), await open('Grace')];
    await ada.page.getByLabel('Note (optional)').fill('<i>two</i> small files');
    await ada.page.getByLabel('Files', { exact: true }).setInputFiles([await file('empty.txt', ''), await file('one.txt', '1')]);
    for (const [name, size] of [['empty.txt', '0 bytes'], ['one.txt', '1 byte']]) {
      await own(ada, name).filter({ hasText: `Stored ${size} in` }).waitFor();
      await own(ada, name).filter({ hasText: '<i>two</i> small files' }).waitFor();
      await seen(grace, name).filter({ hasText: 'Complete' }).waitFor();
    }
    const digests = await keptDigests();
    assert.ok(digests.includes(digest('')) && digests.includes(digest('1')), 'both are in the folder');
  });

  test('own files are listed once, each with a link that downloads it', async () => {
    const [ada, grace] = [await open('Ada'), await open('Grace')];
    const name = 'Grüße & "more" 100%.html';
    const content = '<script>window.injected = true</script>';
    await ada.page.getByLabel('Files', { exact: true }).setInputFiles({ name, mimeType: 'text/html', buffer: Buffer.from(content) });
    const link = ada.page.getByRole('link', { name, exact: true });
    await link.waitFor();
    await seen(grace, name).filter({ hasText: 'Complete' }).waitFor();
    assert.equal(await ada.page.locator('main').getByText(name, { exact: true }).count(), 1);
    // Only its window has a link to it.
    assert.equal(await grace.page.getByRole('main').getByRole('link').count(), 0);

    const [download] = await Promise.all([ada.page.waitForEvent('download'), link.click()]);
    assert.equal(await readFile(await download.path(), 'utf8'), content);
    const url = new URL(await link.getAttribute('href'), ada.page.url()).href;
    const response = await fetch(url);
    assert.equal(response.status, 200);
    // The browser is to save it, and neither to show nor to run it, whatever it is.
    assert.equal(response.headers.get('content-type'), 'application/octet-stream');
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
    assert.equal(
      response.headers.get('content-disposition'),
      `attachment; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%26%20%22more%22%20100%25.html`,
    );
    assert.match(response.headers.get('content-security-policy'), /^sandbox;/);
    assert.equal((await fetch(`${url}x`)).status, 404);
    assert.equal((await fetch(new URL('.', url))).status, 404);
  });

  test('50 MB: the progress moves, here and in another window, and every byte is stored', async () => {
    const content = noise(50 * megabyte);
    const [ada, grace] = [await open('Ada'), await open('Grace')];
    const [ownValues, seenValues] = [await watchBars(ada, '#transfers'), await watchBars(grace, '#seen')];
    await throttle(ada, 25 * megabyte);
    await ada.page.getByLabel('Files', { exact: true }).setInputFiles(await file('large.bin', content));
    await seen(grace, 'large.bin').filter({ hasText: ' % of ' }).waitFor();
    await own(ada, 'large.bin').filter({ hasText: 'Stored 50 MB in' }).waitFor();
    await seen(grace, 'large.bin').filter({ hasText: 'Complete' }).waitFor();
    for (const values of [await ownValues(), await seenValues()]) {
      const between = values.filter((value) => value > 0 && value < 1);
      assert.ok(between.length >= 2, `the bar stood at ${values}`);
      assert.equal(values.at(-1), 1);
    }
    assert.ok((await keptDigests()).includes(digest(content)), 'it is in the folder, unchanged');
  });

  test('cancelled in the middle, a file leaves nothing behind', async () => {
    const [ada, grace] = [await open('Ada'), await open('Grace')];
    const before = await readdir(shared.kept);
    await throttle(ada, 2 * megabyte);
    await ada.page.getByLabel('Files', { exact: true }).setInputFiles(await file('cancelled.bin', noise(20 * megabyte)));
    await seen(grace, 'cancelled.bin').filter({ hasText: /[1-9]\d* % of / }).waitFor();
    await ada.page.getByRole('button', { name: 'Cancel cancelled.bin' }).click();
    await own(ada, 'cancelled.bin').filter({ hasText: 'Cancelled' }).waitFor();
    await seen(grace, 'cancelled.bin').filter({ hasText: 'Cut off' }).waitFor();
    assert.deepEqual(await readdir(shared.kept), before);
  });

  test('more files than are sent at once: one that waits can be cancelled, the others come', async () => {
    const ada = await open('Ada');
    await throttle(ada, 2 * megabyte);
    const names = ['1.bin', '2.bin', '3.bin', '4.bin', '5.bin'];
    await ada.page.getByLabel('Files', { exact: true }).setInputFiles(await Promise.all(names.map((name) => file(name, noise(megabyte)))));
    await own(ada, '5.bin').filter({ hasText: 'waiting' }).waitFor();
    await ada.page.getByRole('button', { name: 'Cancel 5.bin' }).click();
    for (const name of names.slice(0, 4)) await own(ada, name).filter({ hasText: 'Stored 1.0 MB' }).waitFor();
    await own(ada, '5.bin').filter({ hasText: 'Cancelled' }).waitFor();
  });

  test('a file that is too large is not sent', async () => {
    const ada = await open('Ada');
    const path = await file('huge.bin', '');
    await truncate(path, 100 * megabyte + 1);
    await ada.page.getByLabel('Files', { exact: true }).setInputFiles(path);
    await own(ada, 'huge.bin').filter({ hasText: 'Not sent' }).waitFor();
  });

  test('files that are dropped, with HTML in a name', async () => {
    const [ada, grace] = [await open('Ada'), await open('Grace')];
    const name = '<img src=x onerror="window.injected = true">.txt';
    const dataTransfer = await ada.page.evaluateHandle((filename) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File(['dropped'], filename, { type: 'text/plain' }));
      transfer.items.add(new File(['dropped, too'], 'second.txt', { type: 'text/plain' }));
      return transfer;
    }, name);
    await ada.page.dispatchEvent('#drop', 'dragenter', { dataTransfer });
    await ada.page.locator('#drop.over').waitFor();
    await ada.page.dispatchEvent('#drop', 'drop', { dataTransfer });
    for (const [dropped, size] of [[name, '7 bytes'], ['second.txt', '12 bytes']]) {
      await own(ada, dropped).filter({ hasText: `Stored ${size} in` }).waitFor();
      await seen(grace, dropped).filter({ hasText: 'Complete' }).waitFor();
    }
    assert.equal(await ada.page.locator('#drop.over').count(), 0);
    for (const { page } of [ada, grace]) {
      assert.equal(await page.locator('main img').count(), 0);
      assert.equal(await page.evaluate(() => window.injected), undefined);
    }
  });

  test('without JavaScript the form works, and HTML in what is sent is text', async () => {
    const ada = await open('Ada', { javaScriptEnabled: false });
    const grace = await open('Grace');
    const { page } = ada;
    await page.getByLabel('Note (optional)').fill('<b>bold</b> & "quoted"');
    await page.getByLabel('Files', { exact: true }).setInputFiles([
      { name: 'plain.txt', mimeType: 'text/plain', buffer: Buffer.from('plain') },
      { name: '<b>.html', mimeType: 'text/html', buffer: Buffer.from('<b>') },
    ]);
    await page.getByRole('button', { name: 'Upload' }).click();
    await page.getByRole('heading', { name: 'Uploaded' }).waitFor();
    assert.deepEqual(await page.locator('tbody td').allTextContents(), ['plain.txt', 'text/plain', '5', '<b>.html', 'text/html', '3']);
    await page.getByText('<b>bold</b> & "quoted"').waitFor();
    assert.equal(await page.locator('main b').count(), 0);
    await seen(grace, 'plain.txt').filter({ hasText: 'Complete' }).waitFor();
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'plain.txt' }).click()]);
    assert.equal(await readFile(await download.path(), 'utf8'), 'plain');
    await page.locator('footer', { hasText: /\d+\.\d+\.\d+/ }).waitFor();
    await ada.picture('upload-without-script');

    await page.getByRole('link', { name: 'Back to the upload page' }).click();
    await page.getByRole('button', { name: 'Upload' }).click();
    await page.getByText('No file was chosen.').waitFor();
  });

  test('the last 20 files are kept', async () => {
    const ada = await open('Ada');
    const files = Array.from({ length: 22 }, (_, index) => ({
      name: `kept-${index}.txt`,
      mimeType: 'text/plain',
      buffer: Buffer.from(`kept ${index}`),
    }));
    await ada.page.getByLabel('Files', { exact: true }).setInputFiles(files);
    await ada.page.waitForFunction((count) => document.querySelectorAll('#transfers .done').length === count, files.length);
    assert.equal((await readdir(shared.kept)).length, 20);
    // The links to the others lead nowhere any more.
    ada.expected = /404/;
    const status = await ada.page.locator('#transfers a').evaluateAll((links) => Promise.all(links.map(async ({ href }) => (await fetch(href)).status)));
    assert.deepEqual(status.sort(), [...Array(20).fill(200), 404, 404]);
  });

  test('pictures', async () => {
    const [ada, grace] = [await open('Ada'), await open('Grace')];
    await ada.page.getByLabel('Note (optional)').fill('For the archive');
    await ada.page.getByLabel('Files', { exact: true }).setInputFiles({ name: 'minutes.txt', mimeType: 'text/plain', buffer: noise(48_210) });
    await own(ada, 'minutes.txt').filter({ hasText: 'Stored' }).waitFor();
    await throttle(ada, 4 * megabyte);
    const long = 'a file that has quite a long name, as files of cameras, banks and ministries do.pdf';
    await ada.page
      .getByLabel('Files', { exact: true })
      .setInputFiles([await file('holiday.mp4', noise(30 * megabyte)), await file(long, noise(12 * megabyte))]);
    await seen(grace, 'holiday.mp4').filter({ hasText: /[1-9]\d % of / }).waitFor();
    await ada.pictures('upload');
    await ada.page.getByRole('button', { name: 'Cancel holiday.mp4' }).click();
    await ada.page.getByRole('button', { name: `Cancel ${long}` }).click();
    await seen(grace, 'holiday.mp4').filter({ hasText: 'Cut off' }).waitFor();
    await ada.picture('upload-cancelled');
  });
});
