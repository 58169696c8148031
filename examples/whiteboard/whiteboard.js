// Draws what the pointer does, tells the server, and draws what the server tells of others. A line
// has its ends as parts of the board's width and height, since every window has another size.
const socket = io();
const board = document.querySelector("#board");
const pens = document.querySelector("#pens");

for (const color of ["black", "crimson", "seagreen", "royalblue", "goldenrod"]) {
  const pen = document.createElement("input");
  Object.assign(pen, { type: "radio", name: "color", value: color, checked: color === "black" });
  pen.setAttribute("aria-label", color);
  pen.style.color = color;
  pens.append(pen);
}

// A canvas that changes its size is empty: keep what was drawn.
function fit() {
  const before = board.width ? board.getContext("2d").getImageData(0, 0, board.width, board.height) : undefined;
  [board.width, board.height] = [innerWidth, innerHeight];
  if (before) board.getContext("2d").putImageData(before, 0, 0);
}

function draw({ x0, y0, x1, y1, color }) {
  const context = board.getContext("2d");
  context.strokeStyle = color;
  context.lineWidth = 2;
  context.lineCap = "round";
  context.beginPath();
  context.moveTo(x0 * board.width, y0 * board.height);
  context.lineTo(x1 * board.width, y1 * board.height);
  context.stroke();
}

const place = (event) => ({ x: event.clientX / board.width, y: event.clientY / board.height });
let last; // where the pen is on the board

board.addEventListener("pointerdown", (event) => {
  board.setPointerCapture(event.pointerId);
  last = place(event);
});
board.addEventListener("pointermove", (event) => {
  if (!last) return;
  const next = place(event);
  const line = { x0: last.x, y0: last.y, x1: next.x, y1: next.y, color: pens.elements.color.value };
  draw(line);
  socket.emit("drawing", line);
  last = next;
});
for (const end of ["pointerup", "pointercancel"]) board.addEventListener(end, () => (last = undefined));

socket.on("drawing", draw);
addEventListener("resize", fit);
fit();
