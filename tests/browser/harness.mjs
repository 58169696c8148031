// What the tests of the pages share: the server, the browser and its windows.
//
// SOCKETIO_SERVER names the server program, SCREENSHOTS the folder for the pictures (default:
// screenshots, next to this file).

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { after, afterEach, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../..');
const screenshots = process.env.SCREENSHOTS ?? join(here, 'screenshots');
export const program = process.env.SOCKETIO_SERVER;
assert.ok(program, 'SOCKETIO_SERVER must name the server program');

export const desktop = { width: 1280, height: 800 };
export const usualPhone = { width: 390, height: 844 };
// A small one.
export const phone = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };

// ---- The server ---------------------------------------------------------------------------------

// Reads the lines in which the program prints where it listens: one for each port.
async function portsIn(output, count) {
  const ports = {};
  for await (const line of createInterface({ input: output })) {
    const match = /^(listening|cross-origin pages) on http:\/\/localhost:(\d+)$/.exec(line);
    if (match) ports[match[1] === 'listening' ? 'port' : 'crossPort'] = Number(match[2]);
    if (Object.keys(ports).length === count) return ports;
  }
  throw new Error('the server ended before it listened');
}

// Without a cross port, or without the source, if these are null.
export async function startServer({ port = 0, crossPort = 0, source = join(root, 'demo'), options = [] } = {}) {
  const given = { '--port': port, '--cross-port': crossPort, '--web': join(root, 'web'), '--source': source };
  const child = spawn(
    program,
    [...Object.entries(given).flatMap(([name, value]) => (value === null ? [] : [name, String(value)])), ...options],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const exit = once(child, 'exit');
  const ports = await Promise.race([
    portsIn(child.stdout, crossPort === null ? 1 : 2),
    // If the program cannot start, it emits 'error', on which once() rejects.
    exit.then(([code]) => Promise.reject(new Error(`the server exited with code ${code}`))),
  ]);
  child.stdout.resume();
  return {
    ...ports,
    pid: child.pid,
    url: `http://localhost:${ports.port}/`,
    crossUrl: ports.crossPort && `http://localhost:${ports.crossPort}/`,
    async stop() {
      child.kill('SIGTERM');
      const [code, signal] = await exit;
      assert.deepEqual({ code, signal }, { code: 0, signal: null }, 'SIGTERM must end the server cleanly');
    },
    kill: () => child.kill('SIGKILL'),
  };
}

// Runs a function with a server of its own, which ends in any case: else the tests would wait for it.
export async function withServer(options, use) {
  const server = await startServer(options);
  try {
    await use(server);
    await server.stop();
  } catch (error) {
    server.kill();
    throw error;
  }
}

// ---- The browser --------------------------------------------------------------------------------

export async function startBrowser() {
  await mkdir(screenshots, { recursive: true });
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

// A window of the browser. `problems` collects unexpected errors and warnings on its console.
export class BrowserWindow {
  constructor(name, context, page) {
    Object.assign(this, { name, context, page, problems: [], expected: null });
    page.on('pageerror', (error) => this.problems.push(error.stack));
    page.on('console', (message) => {
      if (!['error', 'warning'].includes(message.type())) return;
      if (this.expected?.test(message.text())) return;
      this.problems.push(`${message.text()} (${message.location().url})`);
    });
  }

  async hasNoHorizontalScroll() {
    const widths = await this.page.evaluate(() => ({
      page: document.documentElement.scrollWidth,
      window: window.innerWidth,
    }));
    assert.ok(widths.page <= widths.window, `the page is ${widths.page} wide in a window of ${widths.window}`);
  }

  // Takes a picture, after the end of all animations.
  async picture(name, options) {
    await this.page.screenshot({ path: join(screenshots, `${name}.png`), animations: 'disabled', ...options });
  }

  // Takes pictures of the whole page on a desktop and a phone, in both colour schemes; the page has
  // to fit.
  async pictures(name, options = { fullPage: true }) {
    const size = this.page.viewportSize();
    for (const [kind, viewport, colorScheme] of [
      ['desktop', desktop, 'light'],
      ['desktop-dark', desktop, 'dark'],
      ['phone', usualPhone, 'light'],
      ['phone-dark', usualPhone, 'dark'],
    ]) {
      await this.page.setViewportSize(viewport);
      await this.page.emulateMedia({ colorScheme });
      await this.hasNoHorizontalScroll();
      await this.picture(`${name}-${kind}`, options);
    }
    await this.page.emulateMedia({ colorScheme: 'light' });
    await this.page.setViewportSize(size);
  }

  async leave() {
    await this.context.close();
  }
}

// Opens an empty window.
export async function openWindow(browser, name, { Window = BrowserWindow, ...options } = {}) {
  const context = await browser.newContext({
    viewport: desktop,
    locale: 'en-GB',
    colorScheme: 'light',
    deviceScaleFactor: 1,
    ...options,
  });
  context.setDefaultTimeout(60_000);
  return new Window(name, context, await context.newPage());
}

// Closes windows, and fails if one had problems.
export async function closeWindows(windows) {
  await Promise.all(windows.map(({ context }) => context.close()));
  for (const { name, problems } of windows) assert.deepEqual(problems, [], `on the console of ${name}`);
}

// Lets the tests of a describe() share a server and a browser. open() opens a page in a new window,
// which is closed after the test.
export function sharePages(options) {
  let windows = [];
  const shared = {
    async open(name, path, windowOptions) {
      const opened = await openWindow(shared.browser, name, windowOptions);
      windows.push(opened);
      await opened.page.goto(new URL(path, shared.server.url).href);
      return opened;
    },
  };
  before(async () => {
    shared.server = await startServer(await options?.());
    shared.browser = await startBrowser();
  });
  after(async () => {
    await shared.browser?.close();
    await shared.server?.stop();
  });
  afterEach(async () => {
    const present = windows;
    windows = [];
    await closeWindows(present);
  });
  return shared;
}
