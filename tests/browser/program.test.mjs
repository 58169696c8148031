// The server program on its command line.
//
//   SOCKETIO_SERVER=<program> node --test program.test.mjs

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, test } from 'node:test';
import { program, withServer } from './harness.mjs';

const web = resolve(dirname(fileURLToPath(import.meta.url)), '../../web');

// Runs the program to its end.
async function run(options, input = '') {
  const child = spawn(program, options, { stdio: 'pipe' });
  child.stdin.end(input);
  const [output, errors, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { status, output, errors };
}

// The TCP ports on which a process listens, as Linux knows them.
async function listeningPorts(pid) {
  const sockets = new Set();
  for (const descriptor of await readdir(`/proc/${pid}/fd`)) {
    const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
    sockets.add(/^socket:\[(\d+)\]$/.exec(target)?.[1]);
  }
  const listening = '0A';
  const lines = (await Promise.all(['tcp', 'tcp6'].map((table) => readFile(`/proc/${pid}/net/${table}`, 'utf8').catch(() => '')))).join('');
  return lines
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === listening && sockets.has(fields[9]))
    .map((fields) => parseInt(fields[1].split(':')[1], 16));
}

describe('socketio-server', { timeout: 120_000 }, () => {
  test('--version names the program and the version', async () => {
    const { status, output, errors } = await run(['--version']);
    assert.deepEqual({ status, errors }, { status: 0, errors: '' });
    assert.match(output, /^socketio-server \d+\.\d+\.\d+\n$/);
  });

  test('-h and --help print the same text, which names every option', async () => {
    const { status, output, errors } = await run(['--help']);
    assert.deepEqual({ status, errors }, { status: 0, errors: '' });
    assert.match(output, /^socketio-server: .*\n\nUsage: socketio-server /);
    assert.match(output, /--port N/);
    assert.deepEqual(await run(['-h']), { status, output, errors });
    const widest = Math.max(...output.split('\n').map((line) => line.length));
    assert.ok(widest <= 100, `a line has ${widest} characters`);
  });

  test('a wrong command line ends with status 2, and a hint', async () => {
    for (const [options, problem] of [
      [['--prot=4000'], '--prot is no option'],
      [['--port'], '--port needs a number from 0 to 65535'],
      [['--port=x'], '--port takes a number from 0 to 65535, not x'],
    ]) {
      assert.deepEqual(await run(options), {
        status: 2,
        output: '',
        errors: `socketio-server: ${problem}\nsocketio-server --help says more\n`,
      });
    }
  });

  test('what cannot be started ends with status 1, and names the address or the folder and the reason', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    const { port } = blocker.address();
    const taken = await run([`--port=${port}`, '--host=127.0.0.1', `--web=${web}`]);
    blocker.close();
    assert.equal(taken.status, 1);
    assert.match(taken.errors, new RegExp(`^socketio-server: .*127\\.0\\.0\\.1.*${port}.*Address already in use`));

    for (const option of ['--web', '--source', '--uploads']) {
      const missing = await run([option, '/no/such/folder', ...(option === '--web' ? [] : ['--web', web])]);
      assert.equal(missing.status, 1);
      assert.equal(missing.errors, `socketio-server: ${option}: /no/such/folder is no folder\n`);
    }
  });

  test('it opens a second port only when it is asked to', async () => {
    await withServer({ crossPort: null }, async (server) => {
      assert.deepEqual(await listeningPorts(server.pid), [server.port]);
      assert.deepEqual(await (await fetch(`${server.url}cross-origin.json`)).json(), { pairs: [] });
    });
  });

  test('inspect explains the standard input, and its status says whether there is a problem', async () => {
    const { status, output } = await run(['inspect'], '89 02 68 69\n');
    assert.equal(status, 0);
    assert.match(output, /ping/);
    assert.equal((await run(['inspect'], '89 02 68\n')).status, 1);
    const missing = await run(['inspect', '/no/such/file']);
    assert.equal(missing.status, 1);
    assert.equal(missing.errors, 'socketio-server: cannot read /no/such/file: No such file or directory\n');
  });
});
