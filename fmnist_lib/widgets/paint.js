// A canvas to paint on, and what a network says about it: in a notebook, where the kernel answers
// (anywidget calls `render`), and on a page of its own, where the network itself runs (`openPage`).

const SIZE = 28, AREA = SIZE * SIZE;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const HELP = "Paint with the mouse or a finger, or with the arrow keys and the space bar.";

/** Return a new element. Text becomes text, never HTML. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function button(text, action) {
  const element = make("button", { type: "button" }, text);
  element.addEventListener("click", action);
  return element;
}

const between = (low, value, high) => Math.min(high, Math.max(low, value));

/** Draw grey values, 0 to 255, on a canvas of 28 x 28. */
function draw(canvas, grey) {
  const image = new ImageData(SIZE, SIZE);
  grey.forEach((value, i) => image.data.set([value, value, value, 255], 4 * i));
  canvas.getContext("2d").putImageData(image, 0, 0);
}

// ---- the network ------------------------------------------------------------------------------

const bytes = base64 => Uint8Array.from(atob(base64), letter => letter.charCodeAt(0));

/** Return the number that 16 bits stand for, in IEEE 754's half precision. */
function half(bits) {
  const exponent = (bits >> 10) & 31, fraction = bits & 1023;
  const value = exponent ? (1024 + fraction) * 2 ** (exponent - 25) : fraction * 2 ** -24;
  return bits >> 15 ? -value : value;
}

function numbers({ float16, float32 }) {
  if (float32 !== undefined) return new Float32Array(bytes(float32).buffer);
  return Float32Array.from(new Uint16Array(bytes(float16).buffer), half);
}

/** Return which pixel of the input each weight of a window meets at each place; -1 is outside. */
function windows({ input: [, H, W], output: [, P, Q], kernel: [h, w], stride, padding }) {
  const pixels = new Int32Array(P * Q * h * w);
  let n = 0;
  for (let p = 0; p < P; p++) for (let q = 0; q < Q; q++) {
    for (let i = 0; i < h; i++) for (let j = 0; j < w; j++) {
      const y = p * stride[0] + i - padding[0], x = q * stride[1] + j - padding[1];
      pixels[n++] = y >= 0 && y < H && x >= 0 && x < W ? y * W + x : -1;
    }
  }
  return pixels;
}

/** For each kind of layer, from its description to a function; all tensors are flat, C x H x W. */
const LAYERS = {
  relu: () => x => x.map(value => Math.max(value, 0)),

  scale({ weight, bias }) { // a BatchNorm that has learned: each channel times a, plus b
    const [a, b] = [numbers(weight), numbers(bias)];
    return x => x.map((value, i) => {
      const channel = Math.floor(i * a.length / x.length);
      return value * a[channel] + b[channel];
    });
  },

  linear({ weight, bias }) {
    const [w, b] = [numbers(weight), numbers(bias)];
    return x => b.map((sum, o) => {
      for (let i = 0, n = o * x.length; i < x.length; i++) sum += w[n + i] * x[i];
      return sum;
    });
  },

  conv(layer) {
    const [w, b, pixels] = [numbers(layer.weight), numbers(layer.bias), windows(layer)];
    const [C, H, W] = layer.input, places = layer.output[1] * layer.output[2];
    const area = pixels.length / places; // of a window
    return x => Float32Array.from({ length: b.length * places }, (_, n) => {
      const o = Math.floor(n / places), first = (n % places) * area;
      let sum = b[o];
      for (let c = 0; c < C; c++) for (let k = 0; k < area; k++) {
        const pixel = pixels[first + k];
        if (pixel >= 0) sum += w[(o * C + c) * area + k] * x[c * H * W + pixel];
      }
      return sum;
    });
  },

  pool(layer) {
    const [C, H, W] = layer.input, places = layer.output[1] * layer.output[2];
    const pixels = windows(layer), area = pixels.length / places;
    return x => Float32Array.from({ length: C * places }, (_, n) => {
      const c = Math.floor(n / places), first = (n % places) * area;
      let largest = -Infinity;
      for (let k = 0; k < area; k++) {
        const pixel = pixels[first + k];
        if (pixel >= 0) largest = Math.max(largest, x[c * H * W + pixel]);
      }
      return largest;
    });
  },
};

/** Return the function from 784 grey values to ten probabilities. */
function network({ layers, mean, std }) {
  const steps = layers.map(layer => LAYERS[layer.kind](layer));
  return grey => {
    const input = Float32Array.from(grey, value => (value / 255 - mean) / std);
    const logits = Array.from(steps.reduce((x, step) => step(x), input));
    const largest = Math.max(...logits), shares = logits.map(z => Math.exp(z - largest));
    const sum = shares.reduce((a, b) => a + b);
    return shares.map(share => share / sum);
  };
}

// ---- the card: a picture, and beside it the verdict, the printed lines, and ten bars -----------

const percent = share => `${(100 * share).toFixed(2)}%`;
const best = shares => shares.indexOf(Math.max(...shares));

/** Return the lines that `predict_label` prints. */
function topThree(names, shares) {
  const order = names.map((_, i) => i).sort((i, j) => shares[j] - shares[i] || i - j);
  return order.slice(0, 3).map(i => `${names[i]}: ${percent(shares[i])}`);
}

/** Return a card, and `show`: the label is null where nobody knows the truth. */
function card(title, note, left, { names, colours: [right, wrong, neutral] }, truth) {
  const place = make("b", {}, title), verdict = make("p", { class: "verdict", role: "status" });
  const lines = make("pre", { class: "top" });
  const rows = names.map(name => {
    const bar = make("div"), share = make("td", { class: "share" });
    const mark = make("td", { class: "mark" }), head = make("th", { scope: "row" }, name);
    const row = make("tr", {}, head, make("td", { class: "bar" }, make("div", {}, bar)), share, mark);
    return { row, bar, share, mark };
  });
  const prints = make("p", { class: "quiet" }, "predict_label prints");
  const answers = make("div", {}, verdict, ...truth, prints, lines);
  const body = make("tbody", {}, ...rows.map(({ row }) => row));
  const table = make("table", { "aria-label": "Probability of each class" }, body);
  const parts = make("div", {}, left, answers, table);
  const root = make("div", { class: "fmnist-card", role: "group", "aria-label": title },
    make("p", { class: "place" }, place, " ", make("span", { class: "quiet" }, note)), parts);

  function show(shares, top, label = null) {
    const said = best(shares), known = label !== null;
    const sentence = !known ? `The model says ${names[said]}`
      : said === label ? "✓ right" : `✗ wrong: the model says ${names[said]}`;
    if (verdict.textContent !== sentence) verdict.textContent = sentence; // heard once
    lines.textContent = top.join("\n");
    rows.forEach(({ row, bar, share, mark }, i) => {
      const [word, colour] = known && i === label
        ? [said === label ? "✓ true label, model" : "true label", right]
        : i !== said ? ["", neutral] : known ? ["✗ model", wrong] : ["model", neutral];
      row.className = word && "named";
      bar.style.width = percent(shares[i]);
      bar.style.background = colour;
      share.textContent = percent(shares[i]);
      mark.textContent = word;
    });
  }
  const fail = message => { verdict.textContent = message; };
  return { root, place, show, fail };
}

// ---- the canvas -------------------------------------------------------------------------------

/** Return a canvas with its tools and its card; `changed` gets the 784 grey values at each move. */
function easel(data, pixels, changed) {
  const history = [];
  const canvas = make("canvas", { class: "picture", width: SIZE, height: SIZE, tabindex: 0,
    role: "application", "aria-label": `Canvas of 28 × 28 pixels. ${HELP}` });
  const cursor = make("div", { class: "cursor" });
  const brush = make("select", {}, ...[1, 2, 3, 4, 6].map(size => make("option", {}, `${size}`)));
  const grey = make("input", { type: "range", max: 255, value: 255 }), shade = make("output", {}, "255");
  const undo = button("Undo", () => { pixels.set(history.pop()); update(); });
  const clear = () => load(new Uint8Array(AREA));
  let at = [14.5, 14.5], down = false; // the place of the brush, in pixels

  function update(tell = changed) {
    draw(canvas, pixels);
    undo.disabled = !history.length;
    tell(pixels);
  }

  function remember() {
    history.push(pixels.slice());
    if (history.length > 99) history.shift();
  }

  function load(values, tell) { // which are on the canvas already if they came from it
    if (values.every((value, i) => value === pixels[i])) return;
    remember();
    pixels.set(values);
    update(tell);
  }

  function move(to) {
    const steps = Math.max(1, Math.ceil(2 * Math.hypot(to[0] - at[0], to[1] - at[1])));
    for (let step = 1; down && step <= steps; step++) {
      dab(...[0, 1].map(axis => at[axis] + (to[axis] - at[axis]) * step / steps));
    }
    at = to;
    cursor.style.left = `${Math.floor(at[0]) * 100 / SIZE}%`;
    cursor.style.top = `${Math.floor(at[1]) * 100 / SIZE}%`;
    if (down) update();
  }

  /** Give the brush's grey to all pixels whose centre it covers, and to the one it stands on. */
  function dab(x, y) {
    for (let i = 0; i < AREA; i++) {
      const column = i % SIZE, row = Math.floor(i / SIZE);
      const covered = Math.hypot(column + 0.5 - x, row + 0.5 - y) <= brush.value / 2;
      if (covered || (column === Math.floor(x) && row === Math.floor(y))) pixels[i] = grey.value;
    }
  }

  function start(to) {
    remember();
    [at, down] = [to, true];
    move(to);
  }

  function place(event) {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height].map(v => v * SIZE);
  }

  brush.value = 3;
  grey.addEventListener("input", () => { shade.textContent = grey.value; });
  canvas.addEventListener("pointerdown", event => {
    if (event.button || !event.isPrimary) return;
    canvas.setPointerCapture(event.pointerId);
    start(place(event));
  });
  canvas.addEventListener("pointermove", event => down && event.isPrimary && move(place(event)));
  canvas.addEventListener("keydown", event => {
    const step = ARROWS[event.key];
    if (!step && event.key !== " ") return;
    event.preventDefault(); // the page stays where it is
    if (step) move(at.map((v, axis) => between(0, Math.floor(v) + step[axis], SIZE - 1) + 0.5));
    else if (!event.repeat) start(at);
  });
  for (const name of ["pointerup", "pointercancel", "blur", "keyup"]) {
    canvas.addEventListener(name, event => { if (name !== "keyup" || event.key === " ") down = false; });
  }
  move(at);
  update(() => {});
  const tools = make("div", { class: "controls" }, make("label", {}, "Brush ", brush),
    make("label", {}, "Grey ", grey, " ", shade), undo, button("Clear", clear));
  const board = make("div", { class: "board" }, canvas, cursor);
  const { root, ...answers } = card("Your own image", HELP, board, data, []);
  root.classList.add("painted");
  return { ...answers, parts: [tools, root], tools, load, focus: () => canvas.focus() };
}

// ---- on a page of its own ---------------------------------------------------------------------

/** Show the images and the canvas in `root`; `data` is what `export_page` wrote. */
export async function openPage(root, data) {
  const { names, indices, labels } = data, ask = network(data), all = bytes(data.pixels);
  const image = place => all.subarray(place * AREA, (place + 1) * AREA);
  const count = number => number.toLocaleString("en");
  const mistakes = []; // found at the end
  let chosen = indices.map((_, place) => place); // the places of the images that the slider passes

  const slider = make("input", { type: "range", min: 0, max: indices.length - 1, value: 0 });
  const field = make("input", { type: "number", min: indices[0], max: indices.at(-1) });
  const filter = make("input", { type: "checkbox", disabled: "" });
  const filtered = make("span", {}, "Only mistakes");
  const picture = make("canvas", { class: "picture", width: SIZE, height: SIZE, role: "img" });
  const caption = make("p"), truth = make("pre", { class: "truth" });
  const shown = card("", "", make("div", {}, picture, caption), data,
    [make("p", { class: "quiet" }, "visualize_image prints"), truth]);

  function show() {
    const place = chosen[slider.value], index = indices[place], label = labels[place];
    const shares = ask(image(place)), top = topThree(names, shares);
    const title = `Image ${count(+slider.value + 1)} of ${count(chosen.length)} `
      + (filter.checked ? "mistakes" : "images");
    shown.place.textContent = title;
    shown.root.setAttribute("aria-label", title);
    slider.setAttribute("aria-valuetext", `Index ${index}, ${names[label]}`);
    picture.setAttribute("aria-label", `Index ${index}: true label ${names[label]}, the model says `
      + top[0] + (data.mark && `; ${data.mark}`));
    field.value = index;
    caption.replaceChildren(`Index ${index} `, make("span", { class: "quiet" }, data.mark));
    truth.textContent = `Ground Truth Label: ${names[label]}`;
    draw(picture, image(place));
    shown.show(shares, top, label);
  }

  /** Go to the image of an index, or to the next one that the slider passes. */
  function goTo(index) {
    const place = chosen.findIndex(place => indices[place] >= index);
    slider.value = place < 0 ? chosen.length - 1 : place;
    show();
  }

  const canvas = easel(data, new Uint8Array(AREA), answer);
  function answer(grey) {
    const shares = ask(grey);
    canvas.show(shares, topThree(names, shares));
  }
  const copy = button("Paint over this image", () => {
    canvas.load(image(chosen[slider.value]));
    canvas.focus();
  });
  slider.addEventListener("input", show);
  field.addEventListener("change", () => goTo(+field.value));
  filter.addEventListener("change", () => {
    const index = +field.value;
    chosen = filter.checked ? mistakes : indices.map((_, place) => place);
    slider.max = chosen.length - 1;
    goTo(index);
  });
  const controls = make("div", { class: "controls" }, make("label", { class: "wide" }, "Image ", slider),
    make("label", {}, "Index ", field), make("label", {}, filter, " ", filtered), copy);
  root.append(make("h2", {}, "Test images"), controls, shown.root);
  root.append(make("h2", {}, "Paint your own"), ...canvas.parts);
  show();
  answer(new Uint8Array(AREA));

  for (let place = 0, pause = 0; place < labels.length; place++) {
    if (performance.now() > pause) { // the page stays awake
      await new Promise(resume => setTimeout(resume));
      pause = performance.now() + 30;
    }
    if (best(ask(image(place))) !== labels[place]) mistakes.push(place);
  }
  filtered.textContent = `Only mistakes (${count(mistakes.length)})`;
  filter.disabled = !mistakes.length;
}

// ---- in a notebook ----------------------------------------------------------------------------

function render({ model, el }) {
  const data = model.get("data");
  let answered = true;
  const given = () => {
    const { buffer, byteOffset } = model.get("pixels");
    return new Uint8Array(buffer, byteOffset, AREA).slice();
  };
  const canvas = easel(data, given(), grey => {
    model.set("pixels", new DataView(grey.slice().buffer));
    model.save_changes(); // one message at a time: what comes in between is sent as one
    // Jupyter's server holds the second of two short messages back for 40 ms, unless it hears from
    // us (Nagle's algorithm, with delayed acknowledgements). So we speak until the answer is here.
    if (answered) for (const ms of [4, 8, 16, 24]) setTimeout(() => answered || model.send({}), ms);
    answered = false;
  });
  const last = data.count - 1, field = make("input", { type: "number", min: 0, max: last, value: 0 });
  const copy = button("Start from this image", () => {
    field.value = between(0, Math.floor(field.value), last);
    model.send({ start: +field.value });
  });
  const mark = make("span", {}, data.mark);
  if (data.count) canvas.tools.append(make("label", {}, "Index ", field), copy, mark);

  const adopt = () => canvas.load(given(), () => {});
  const show = () => {
    const { shares, top, error } = model.get("answer");
    answered = true;
    if (error) canvas.fail(error);
    else canvas.show(shares, top);
  };
  const keys = event => { // Jupyter leaves the keys of an element with this attribute alone
    const ours = !event.ctrlKey && !event.metaKey && event.key !== "Enter";
    if (el.contains(event.target)) event.target.toggleAttribute("data-lm-suppress-shortcuts", ours);
  };
  const lost = () => el.classList.add("jupyter-widgets-disconnected"); // as in other widgets
  model.on("change:pixels", adopt);
  model.on("change:answer", show);
  model.on("comm_live_update", lost);
  addEventListener("keydown", keys, true);
  el.classList.add("fmnist-explorer");
  el.append(...canvas.parts);
  show();
  return () => {
    model.off("change:pixels", adopt);
    model.off("change:answer", show);
    model.off("comm_live_update", lost);
    removeEventListener("keydown", keys, true);
  };
}

export default { render };
