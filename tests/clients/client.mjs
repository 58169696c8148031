// What the tests with the official clients share.
import { within } from "./program.mjs";
import { deadline, Queue } from "./wire.mjs";

// A socket whose events a test awaits by name.
export class Client {
  #queues = new Map();
  constructor(socket) {
    this.socket = socket;
    for (const name of ["connect", "connect_error", "disconnect"]) this.listen(name);
  }
  listen(...names) {
    for (const name of names) {
      if (this.#queues.has(name)) continue;
      const queue = new Queue();
      this.#queues.set(name, queue);
      this.socket.on(name, (...values) => queue.push(values));
    }
    return this;
  }
  next(name) {
    this.listen(name);
    return this.#queues.get(name).next(`event ${name}`);
  }
  count(name) {
    return this.#queues.get(name).size;
  }
  // Emits with an acknowledgement, and returns its values.
  ask(name, ...values) {
    const answer = new Promise((resolve) => this.socket.emit(name, ...values, (...answers) => resolve(answers)));
    return within(deadline, `the acknowledgement of ${name}`, answer);
  }
  get id() {
    return this.socket.id;
  }
}
