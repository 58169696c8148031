// The documents that the server writes from a contract: the official client's programs compile
// against its TypeScript types, and run; its AsyncAPI document is valid.
//
//   SOCKETIO_CONTRACT  path of the program socketio-contract
import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Ajv } from "ajv";
import add_formats from "ajv-formats";
import typescript from "typescript";

const program = process.env.SOCKETIO_CONTRACT;
const here = fileURLToPath(new URL(".", import.meta.url));
const require = createRequire(import.meta.url);

function write(document) {
  return execFileSync(program, ["--write", document], { encoding: "utf8" });
}

// Compiles files to JavaScript beside them, and returns what the compiler complains about.
function compile(files) {
  const compilation = typescript.createProgram(files, {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUnusedLocals: true,
    skipLibCheck: true,
    target: typescript.ScriptTarget.ES2022,
    module: typescript.ModuleKind.NodeNext,
    moduleResolution: typescript.ModuleResolutionKind.NodeNext,
    lib: ["lib.es2022.d.ts", "lib.dom.d.ts"],
    types: [],
  });
  const { diagnostics } = compilation.emit();
  return typescript.formatDiagnostics([...typescript.getPreEmitDiagnostics(compilation), ...diagnostics], {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => here,
    getNewLine: () => "\n",
  });
}

describe("TypeScript", () => {
  let folder;
  before(() => {
    // Where modules are found.
    folder = mkdtempSync(join(here, "node_modules", ".contract-"));
    writeFileSync(join(folder, "package.json"), '{"type":"module"}');
    writeFileSync(join(folder, "events.ts"), write("typescript"));
    copyFileSync(join(here, "program.ts"), join(folder, "program.ts"));
  });
  after(() => rmSync(folder, { recursive: true }));

  test("a program with the types compiles, and wrong lines of it do not", () => {
    assert.equal(compile([join(folder, "program.ts")]), "");
  });

  test("without the types its wrong lines compile", () => {
    const file = join(folder, "untyped.ts");
    const untyped = readFileSync(join(here, "program.ts"), "utf8").replaceAll("Socket<ServerToClientEvents, ClientToServerEvents>", "Socket");
    writeFileSync(file, untyped);
    const unused = compile([file]).match(/Unused '@ts-expect-error' directive/g) ?? [];
    // All but those that are wrong by other types of the program.
    assert.ok(unused.length > 10, `${unused.length}`);
  });

  test("the program runs against the server", { timeout: 60_000 }, async (context) => {
    const server = spawn(program, ["--port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
    context.after(() => server.kill("SIGKILL"));
    let output = "";
    for await (const text of server.stdout.setEncoding("utf8").iterator({ destroyOnReturn: false })) {
      output += text;
      if (output.includes("\n")) break;
    }
    const [url] = /https?:\S+/.exec(output);
    const { run } = await import(pathToFileURL(join(folder, "program.js")));
    assert.deepEqual(await run(url), {
      said: "hello",
      sum: 3,
      sum_in_time: 4,
      divided: [3, 1],
      drawn: { x: 4, y: 6 },
      shape: [
        { name: "line", points: [{ x: 1, y: 2 }, { x: 3, y: 4 }], parts: [{ name: "dot", points: [], parts: [] }], filled: "red" },
        [1, 2],
        ["scale", 1.5],
      ],
      size: 3,
      size_of_buffer: 1,
      image: [1, 2, 3],
      welcome: ["Ada", 7, null],
      message: ["Ada", 1],
      counts: { a: 2, b: 1 },
      anything: { deep: [1, null, "text"] },
    });
    const exited = once(server, "exit");
    server.kill("SIGTERM");
    assert.deepEqual(await exited, [0, null]);
  });
});

describe("AsyncAPI", () => {
  let document;
  before(() => (document = JSON.parse(write("async-api"))));

  const resolve = (reference) =>
    reference
      .replace(/^#\//, "")
      .split("/")
      .reduce((value, key) => value?.[key], document);

  // A validator for what a message carries.
  function payload_of(key) {
    const ajv = new Ajv({ strict: false });
    add_formats(ajv);
    return ajv.compile({ ...document.components.messages[key].payload, components: document.components });
  }

  test("the document is valid", () => {
    const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
    const validate = ajv.compile(require("@asyncapi/specs/schemas/3.0.0-without-$id.json"));
    assert.ok(validate(document), JSON.stringify(validate.errors, null, 2));
    // The validator is not indulgent.
    assert.ok(!validate({ ...document, operations: { wrong: { action: "shout", channel: {} } } }));
  });

  test("its references lead somewhere", () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]*)"/g)].map(([, reference]) => reference);
    assert.ok(references.length > 40);
    for (const reference of references) assert.ok(resolve(reference), reference);
  });

  test("it tells what the application is, and who sends what", () => {
    assert.deepEqual(document.info, { title: "Drawing", version: "1.2.3", description: "Draws together" });
    assert.equal(document.channels.events.address, "/");
    const { operations, components } = document;
    assert.equal(operations["receive.sum"].action, "receive");
    assert.equal(operations["send.welcome"].action, "send");
    assert.equal(resolve(resolve(operations["receive.sum"].reply.messages[0].$ref).$ref), components.messages["receive.sum.answer"]);
    assert.equal(operations["send.welcome"].reply, undefined);
    assert.equal(components.messages["send.name_"].name, "name?");
  });

  test("its schemas take the values of events, and no others", () => {
    const right = {
      "receive.sum": [[1, 2]],
      "receive.draw": [[{ name: "line", points: [{ x: 1.5, y: 2 }], filled: null, parts: [{ name: "dot", points: [], parts: [] }] }]],
      "receive.paint": [["red"]],
      "receive.join": [["Ada"], ["Ada", null], ["Ada", "Countess"]],
      "receive.done": [[]],
      "receive.done.answer": [[]],
      "receive.anything": [[{ any: [1] }], [null]],
      "receive.count.answer": [[{ a: 1 }]],
      "send.welcome": [["Ada", 255, null]],
      "send.shape": [[{ name: "dot", points: [], parts: [] }, [1, 2], ["scale", 1.5]]],
    };
    const wrong = {
      "receive.sum": [[1], [1, 2, 3], ["1", 2], [1.5, 2], [2 ** 31, 1]],
      "receive.draw": [[{ name: "line", points: [{ x: 1 }], parts: [] }], [{ name: "line", points: [], parts: [{}] }]],
      "receive.paint": [["blue"], []],
      "receive.join": [[], ["Ada", 1]],
      "receive.done": [[1]],
      "receive.count.answer": [[{ a: "1" }]],
      "send.welcome": [["Ada", 256, null], ["Ada", -1, null], ["Ada", 1]],
      "send.shape": [[{ name: "dot", points: [], parts: [] }, [1, 2, 3], ["scale", 1.5]]],
    };
    for (const [key, all] of Object.entries(right)) {
      const validate = payload_of(key);
      for (const values of all) assert.ok(validate(values), `${key} ${JSON.stringify(values)} ${JSON.stringify(validate.errors)}`);
    }
    for (const [key, all] of Object.entries(wrong)) {
      const validate = payload_of(key);
      for (const values of all) assert.ok(!validate(values), `${key} ${JSON.stringify(values)}`);
    }
  });
});
