// Large forms: the memory that they cost, and the files that they leave behind.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, readFile, readdir, rm, stat } from "node:fs/promises";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { launch, within } from "./program.mjs";

// UPLOAD_MB=1024 measures a whole gigabyte.
const megabytes = Number(process.env.UPLOAD_MB ?? 200);
const patience = 120_000;
const sanitized = /\/(asan|tsan)\//.test(process.env.SOCKETIO_CONFORMANCE);
const boundary = "----------------------------boundary";
const head =
  `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="large.bin"\r\n` +
  "Content-Type: application/octet-stream\r\n\r\n";
const tail = `\r\n--${boundary}--\r\n`;

let folder;
let program;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "uploads-"));
  program = await launch("conformance", ["--suite", "http", "--uploads", folder]);
});

after(async () => {
  await program?.stop();
  await rm(folder, { recursive: true, force: true });
});

// Starts a request with a form of one file, without sending the form.
function open(size, headers = {}) {
  const request = http.request(`${program.url}/form`, {
    method: "POST",
    headers: {
      "Content-Type": `multipart/form-data; boundary=${boundary}`,
      "Content-Length": head.length + size + tail.length,
      ...headers,
    },
  });
  return request;
}

async function write(request, bytes) {
  if (!request.write(bytes)) await once(request, "drain");
}

async function answer(request) {
  const [response] = await within(patience, "the answer to an upload", once(request, "response"));
  let body = "";
  for await (const text of response.setEncoding("utf8")) body += text;
  return { status: response.statusCode, body };
}

// Sends a file of `count` MB, and checks that the server stores it.
async function send(count) {
  const piece = Buffer.alloc(1 << 20, "0123456789abcdef");
  const request = open(count * piece.length);
  const answered = answer(request);
  await write(request, head);
  for (let i = 0; i < count; i++) await write(request, piece);
  request.end(tail);
  const { status: code, body } = await answered;
  assert.equal(code, 200, body);
  const [file] = JSON.parse(body);
  assert.equal(file.size, count * piece.length);
  assert.equal((await stat(join(folder, file.stored))).size, file.size);
  await rm(join(folder, file.stored));
}

const status = async (field) => {
  const text = await readFile(`/proc/${program.pid}/status`, "utf8");
  return Number(new RegExp(`^${field}:\\s*(\\d+) kB`, "m").exec(text)[1]);
};

describe("uploads", () => {
  test(`${megabytes} MB cost no more memory than 1 MB`, async (t) => {
    await send(1);  // so that the program has loaded its code
    const after_little = await status("VmHWM");
    await send(megabytes);
    const grown = (await status("VmHWM")) - after_little;
    t.diagnostic(`the server's memory grew by ${grown} kB at most`);
    // Sanitizers keep freed memory for a while.
    assert.ok(grown < (sanitized ? 100_000 : 1_000), `grew by ${grown} kB`);
  });

  test("one that is cut off leaves nothing behind", async () => {
    const request = open(10_000_000);
    request.on("error", () => {});
    await write(request, head);
    await write(request, Buffer.alloc(3_000_000));
    request.destroy();
    // The server has noticed the reset at the latest when it has answered later requests.
    const empty = async () => {
      while ((await readdir(folder)).length > 0) await fetch(`${program.url}/`);
    };
    await within(patience, "the folder is empty", empty());
  });

  test("one that is too large is refused before it is sent", async () => {
    const request = open(5 * 2 ** 30, { Expect: "100-continue" });
    request.flushHeaders();
    let continued = false;
    request.on("continue", () => (continued = true));
    const { status: code } = await answer(request);
    assert.equal(code, 413);
    assert.equal(continued, false);
    request.destroy();
  });

  test("one that waits for 100 Continue is asked for", async () => {
    const request = open(3, { Expect: "100-continue" });
    request.flushHeaders();
    await within(patience, "100 Continue", once(request, "continue"));
    const answered = answer(request);
    request.end(`${head}abc${tail}`);
    const { status: code, body } = await answered;
    assert.equal(code, 200);
    assert.equal(JSON.parse(body)[0].size, 3);
  });
});
