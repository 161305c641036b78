// Theorem 2 and Fig. 2: eigenvalues to drag, a step to slide, the best circle and the bounds (4).

import { bestStepSize, squaredRadius, theoremTwoBounds } from "negmom/algorithms";
import { contraction, halfPlaneStep, sineSquared } from "negmom/formulas";
import { Panel, button, complex, decimal, html, set, show, slider, spaced, svg, verdict, write } from "negmom/panel";

const LONGEST = 1.5; // of the steps on the axis
const GRID = spaced(0, LONGEST, 151);

export function draw(stage, { eta, spectra }) {
  const names = Object.keys(spectra);
  const copy = (name) => spectra[name].map((pair) => [...pair]);
  const state = { eta, spectrum: copy(names[0]) };
  const count = Math.max(...names.map((name) => spectra[name].length));
  const indices = [...Array(count).keys()];

  const panels = html("div", { class: "panels" }, stage);
  const plane = new Panel(panels, {
    range: { x: [-1.35, 1.35], y: [-1.35, 1.35] },
    ticks: { x: [-1, 0, 1], y: [-1, 0, 1] },
    title: "1 − *ηλ* in the unit circle",
    xlabel: "Re",
    ylabel: "Im",
    label: "The eigenvalues 1 − ηλ in the unit circle, draggable",
  });
  plane.circle(plane.dot("unit-disk", 1), 0, 0, 1);
  const rays = indices.map(() => [plane.path("ray"), plane.path("ray")]);
  const current = plane.dot("current-circle", 1);
  const best = plane.dot("radius-circle", 1);
  const mirrors = indices.map(() => plane.dot("mirror", 4));
  const targets = indices.map(() => [plane.dot("target", 5), plane.dot("target", 5)]);
  const handles = indices.map((k) =>
    plane.handle({
      label: `Eigenvalue ${k + 1}`,
      kind: "eigenvalue-handle",
      bounds: { x: [-1.3, 1], y: [0, 1.3] },
      step: 1e-6,
      key: 0.02,
      describe: () => `lambda ${complex(...state.spectrum[k]).replace("+", "±")}`,
      move: (x, y) => {
        // z = 1 − ηλ, so λ = (1 − z)/η; to two decimals
        const round = (value, low, high) => Math.round(100 * Math.min(high, Math.max(low, value))) / 100;
        state.spectrum[k] = [round((1 - x) / state.eta, 0.05, 9), round(y / state.eta, 0, 9)];
        render();
      },
    }),
  );
  const labels = handles.map(({ group }) => svg("text", { class: "number", y: 4 }, group));

  const graph = new Panel(panels, {
    range: { x: [0, LONGEST], y: [0, 1.5] },
    ticks: { x: [0, 0.5, 1, 1.5], y: [0, 0.5, 1] },
    title: "Squared radius *ρ*² over the step",
    xlabel: "step size *η*",
    label: "The squared spectral radius over the step size, with a draggable step",
  });
  const box = svg("rect", { class: "bounds" }, graph.marks);
  const boxName = svg("text", { class: "bounds-name" }, graph.marks);
  write(boxName, "bounds (4)");
  graph.trace(graph.path("unit-line"), [[0, 1], [LONGEST, 1]]);
  const parabolas = indices.map(() => graph.path("parabola"));
  const curve = graph.path("curve");
  const cross = graph.path("best-line");
  const bottom = graph.dot("best", 6);
  const stepHandle = graph.handle({
    label: "Step size",
    bounds: { x: [0.02, LONGEST], y: [0, 0] },
    step: 0.005,
    key: 0.01,
    describe: (x) => `eta ${decimal(x, 3)}`,
    move: (x) => ((state.eta = x), render()),
  });

  const controls = html("div", { class: "controls" }, stage);
  const step = slider(controls, {
    symbol: "*η*", label: "step size eta", min: 0.02, max: LONGEST, step: 0.005, value: eta, digits: 3,
    input: (value) => ((state.eta = value), render()),
  });
  const row = html("div", { class: "buttons" }, controls);
  button(row, "*η* = *η*_best", toBest);
  for (const name of names)
    button(row, name, () => {
      state.spectrum = copy(name);
      toBest();
    });
  const say = verdict(stage);
  const table = spectrumTable(stage, count);

  function toBest() {
    state.eta = Math.min(LONGEST, bestStepSize(state.spectrum).eta);
    render();
  }

  function render() {
    const { eta, spectrum } = state;
    const found = bestStepSize(spectrum);
    const bounds = theoremTwoBounds(spectrum);
    const squared = squaredRadius(eta, spectrum);
    const vertices = spectrum.map(([x, y]) => halfPlaneStep(x, y));
    // the theorem names the eigenvalues in the order of Re(1/λ)
    const order = [...spectrum.keys()].sort((j, k) => vertices[j] - vertices[k]);
    const place = new Map(order.map((k, position) => [k, position + 1]));

    step.set(eta);
    plane.circle(current, 0, 0, Math.sqrt(squared));
    plane.circle(best, 0, 0, Math.sqrt(found.squared));
    for (const k of indices) {
      const there = k < spectrum.length;
      const own = [...rays[k], ...targets[k], mirrors[k], handles[k].group, parabolas[k]];
      for (const node of own) show(node, there);
      if (!there) continue;
      const [x, y] = spectrum[k];
      const limits = found.limiting.includes(k);
      const far = 6 / Math.hypot(x, y);
      const at = (step, side) => [1 - step * x, side * step * y];
      [1, -1].forEach((side, j) => {
        plane.trace(rays[k][j], [[1, 0], at(far, side)]);
        plane.place(targets[k][j], ...at(found.eta, side));
      });
      for (const node of own) node.classList.toggle("limiting", limits);
      plane.place(mirrors[k], ...at(eta, -1));
      handles[k].set(...at(eta, 1));
      handles[k].group.setAttribute("aria-label", `Eigenvalue lambda ${place.get(k)}`);
      labels[k].textContent = place.get(k);
      graph.trace(parabolas[k], GRID.map((value) => [value, contraction(value, x, y)]));
    }
    graph.trace(curve, GRID.map((value) => [value, squaredRadius(value, spectrum)]));
    const [low, high] = bounds.step;
    const [least, most] = bounds.squared;
    // a box of no height is still drawn, as a line
    const height = Math.max(2, graph.py(least) - graph.py(most));
    set(box, {
      x: graph.px(low), width: graph.px(high) - graph.px(low),
      y: graph.py(most) - (height === 2 ? 1 : 0), height,
    });
    set(boxName, { x: Math.min(graph.px(high) + 6, 270), y: graph.py((least + most) / 2) + 4 });
    graph.trace(cross, [[found.eta, 0], [found.eta, found.squared]]);
    graph.place(bottom, found.eta, found.squared);
    stepHandle.set(eta, squared);
    say(...explain(found, order, vertices, place));
    table(spectrum, order, found.limiting, eta);
  }

  render();
}

function explain({ eta, squared, limiting }, order, vertices, place) {
  const numbers = `*η*_best = ${decimal(eta, 3)}, *ρ*² = ${decimal(squared, 3)}.`;
  const tangent = limiting.filter((k) => Math.abs(vertices[k] - eta) < 1e-9);
  if (limiting.length > 1 && tangent.length < limiting.length) {
    const list = limiting.map((k) => `*λ*_${place.get(k)}`).sort().join(" and ");
    return ["cut", "Cut", `${list} limit: their paths cut the best circle. ${numbers}`];
  }
  const name = `*λ*_${place.get(limiting[0])}`;
  const caption =
    limiting.includes(order[0]) ? "" : " It is not *λ*_1, which the caption of Fig. 2 names.";
  return ["tangent", "Tangent", `the best circle touches the path of ${name}.${caption} ${numbers}`];
}

/** The eigenvalues in the theorem's order; the limiting ones are lit. */
function spectrumTable(parent, count) {
  const table = html("table", { class: "spectrum" }, parent);
  const head = html("tr", {}, html("thead", {}, table));
  for (const text of ["", "*λ*", "Re(1/*λ*)", "sin²*ψ*", "|1 − *ηλ*|²"]) write(html("th", { scope: "col" }, head), text);
  const body = html("tbody", {}, table);
  const rows = Array.from({ length: count }, (_, k) => {
    const row = html("tr", {}, body);
    write(html("th", { scope: "row" }, row), `*λ*_${k + 1}`);
    return { row, cells: [0, 1, 2, 3].map(() => html("td", {}, row)) };
  });
  return (spectrum, order, limiting, eta) =>
    rows.forEach(({ row, cells }, position) => {
      row.hidden = position >= spectrum.length;
      if (row.hidden) return;
      const [x, y] = spectrum[order[position]];
      row.classList.toggle("lit", limiting.includes(order[position]));
      cells[0].textContent = complex(x, y).replace("+", "±");
      cells[1].textContent = decimal(halfPlaneStep(x, y), 3);
      cells[2].textContent = decimal(sineSquared(x, y), 3);
      cells[3].textContent = decimal(contraction(eta, x, y), 3);
    });
}
