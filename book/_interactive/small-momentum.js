// Theorem 4: λ to drag in the half plane, ρ(β) with its tangent at 0, and the interval I(λ).

import * as formulas from "negmom/formulas";
import { Panel, button, complex, decimal, html, set, show, sign, slider, spaced, svg, verdict, write } from "negmom/panel";

const MOMENTA = [-1, 0.6];
const LONGEST = 2.5; // of the steps on the axis
const GRID = spaced(...MOMENTA, 321);
const ACROSS = spaced(0.005, 3.2, 160); // Re λ, for the shaded region
const TOP = 2; // of Im λ

export function draw(stage, state) {
  const panels = html("div", { class: "panels" }, stage);
  const plane = new Panel(panels, {
    range: { x: [-0.4, 3.2], y: [-1.8, 1.8] },
    ticks: { x: [0, 1, 2, 3], y: [-1, 0, 1] },
    title: "The eigenvalue *λ*",
    xlabel: "Re",
    ylabel: "Im",
    label: "The half plane of the eigenvalue, which can be dragged",
  });
  const helps = [1, -1].map(() => plane.path("helps"));
  for (const [angle, name] of [[Math.PI / 4, "π/4"], [Math.PI / 6, "π/6"]])
    for (const side of [1, -1]) {
      const end = [5 * Math.cos(angle), side * 5 * Math.sin(angle)];
      plane.trace(plane.path("angle"), [[0, 0], end]);
      const at = name === "π/4" ? 1.52 : 2.62;
      if (side > 0) plane.text(plane.px(at), plane.py(at * Math.tan(angle)) - 6, name, "tick end", plane.marks);
    }
  const mirror = plane.dot("mirror", 4);
  const lambda = plane.handle({
    label: "Eigenvalue lambda",
    bounds: { x: [0.05, 3.15], y: [-1.75, 1.75] },
    step: 0.01,
    key: 0.05,
    describe: (x, y) => `lambda ${complex(x, y)}`,
    move: (x, y) => change({ lambda: [x, y] }),
  });

  const column = html("div", { class: "column" }, panels);
  const graph = new Panel(column, {
    height: 276,
    range: { x: MOMENTA, y: [0, 1.5] },
    ticks: { x: [-1, -0.5, 0, 0.5], y: [0, 0.5, 1, 1.5] },
    title: "*ρ*(*β*) and its tangent at 0",
    xlabel: "momentum *β*",
    label: "The squared radius over the momentum",
  });
  graph.trace(graph.path("unit-line"), [[-1, 1], [0.6, 1]]);
  const curves = { negative: graph.path("curve negative"), positive: graph.path("curve positive") };
  const tangent = graph.path("tangent");
  const start = graph.dot("start", 4);
  const lowest = graph.dot("lowest", 5);
  const optimum = graph.path("optimum");

  const strip = new Panel(column, {
    height: 98,
    range: { x: [0, LONGEST], y: [0, 1] },
    ticks: { x: [0, 0.5, 1, 1.5, 2, 2.5], y: [] },
    title: "*I*(*λ*): the steps at which *β* < 0 helps",
    xlabel: "step size *η*",
    label: "The step size on its axis, with the interval I of lambda",
  });
  const interval = svg("rect", { class: "interval" }, strip.marks);
  const range = strip.path("range");
  const bestPair = strip.path("optimum");
  const stepHandle = strip.handle({
    label: "Step size",
    bounds: { x: [0.02, LONGEST], y: [0.5, 0.5] },
    step: 0.01,
    key: 0.01,
    describe: (x) => `eta ${decimal(x)}`,
    move: (eta) => change({ eta }),
  });

  const controls = html("div", { class: "controls" }, stage);
  const step = slider(controls, {
    symbol: "*η*", label: "step size eta", min: 0.02, max: LONGEST, step: 0.01, value: state.eta,
    input: (eta) => change({ eta }),
  });
  const row = html("div", { class: "buttons" }, controls);
  button(row, "*η* = Re(1/*λ*)", () => change({ eta: formulas.halfPlaneStep(...state.lambda) }));
  button(row, "★ the joint optimum", () => change({ eta: formulas.optimalEta(...state.lambda) }));
  const say = verdict(stage);
  const facts = html("p", { class: "facts" }, stage);

  function change(next) {
    Object.assign(state, next);
    state.eta = Math.min(LONGEST, state.eta);
    render();
  }

  function render() {
    const { eta } = state;
    const [x, y] = state.lambda;
    const rho = (beta) => formulas.rho(eta, beta, x, y);
    const slope = formulas.rhoSlope(eta, x, y);
    const ends = [formulas.intervalLow(x, y), formulas.intervalHigh(x, y)];
    const best = {
      eta: formulas.optimalEta(x, y),
      beta: formulas.optimalBeta(x, y),
      squared: formulas.optimalRadius(x, y) ** 2,
    };
    const vertex = formulas.halfPlaneStep(x, y);

    step.set(eta);
    lambda.set(x, y);
    plane.place(mirror, x, -y);
    const edge = ACROSS.filter((re) => eta * re < 2).map((re) => [re, formulas.helpingHeight(eta, re)]);
    const last = edge.at(-1)?.[0] ?? 0;
    [1, -1].forEach((side, k) =>
      plane.trace(
        helps[k],
        [[0, side * TOP], [0, 0], ...edge.map(([re, im]) => [re, side * Math.min(TOP, im)]), [last, side * TOP]],
        true,
      ),
    );

    const points = GRID.map((beta) => [beta, rho(beta)]);
    graph.trace(curves.negative, points.filter(([beta]) => beta <= 1e-9));
    graph.trace(curves.positive, points.filter(([beta]) => beta >= -1e-9));
    const kink = !Number.isFinite(slope);
    show(tangent, !kink);
    if (!kink) graph.trace(tangent, [-0.35, 0.35].map((beta) => [beta, rho(0) + slope * beta]));
    graph.place(start, 0, rho(0));
    const minimum = points.reduce((a, b) => (b[1] < a[1] ? b : a));
    graph.place(lowest, ...minimum);
    lowest.dataset.sign = sign(minimum[0]);
    star(graph, optimum, best.beta, best.squared);

    set(interval, {
      x: strip.px(ends[0]), width: Math.max(0, strip.px(Math.min(LONGEST + 1, ends[1])) - strip.px(ends[0])),
      y: strip.py(0.72), height: strip.py(0.28) - strip.py(0.72),
    });
    strip.trace(range, [
      [vertex, 0.05], [vertex, 0.22], [vertex, 0.13], [2 * vertex, 0.13], [2 * vertex, 0.05], [2 * vertex, 0.22],
    ]);
    star(strip, bestPair, best.eta, 0.86);
    stepHandle.set(eta, 0.5);
    const inside = slope > 0;
    stepHandle.group.classList.toggle("inside", inside);
    lambda.group.classList.toggle("inside", inside);

    const shownEnds = `*I*(*λ*) = (${decimal(ends[0])}, ${decimal(ends[1])})`;
    if (kink) say("kink", "Any momentum hurts", "*ηλ* = 1: *ρ* has a kink at 0 and no derivative.");
    else if (inside) say("helps", "Helps", `*η* = ${decimal(eta)} is in ${shownEnds}: *ρ*′(0) = ${decimal(slope)} > 0, so *ρ* falls as *β* goes below 0.`);
    else say("hurts", "Does not help", `*η* = ${decimal(eta)} is not in ${y === 0 ? "*I*(*λ*), which is empty for real *λ*" : shownEnds}: *ρ*′(0) = ${decimal(slope)}.`);
    write(
      facts,
      `*λ* = ${complex(x, y)}. ★ joint optimum: *η* = ${decimal(best.eta, 3)}, *β* = ${decimal(best.beta, 3)}, ` +
        `*ρ* = ${decimal(best.squared, 3)}; the best without momentum is sin²*ψ* = ${decimal(formulas.sineSquared(x, y), 3)}.`,
    );
  }

  render();
}

/** A star of five points, at data coordinates. */
function star(panel, path, x, y) {
  const [across, down] = [panel.px(x), panel.py(y)];
  let data = "";
  for (let k = 0; k < 10; k++) {
    const size = k % 2 ? 3.2 : 8;
    const angle = (k * Math.PI) / 5;
    data += `${k ? "L" : "M"}${(across + size * Math.sin(angle)).toFixed(1)} ${(down - size * Math.cos(angle)).toFixed(1)}`;
  }
  path.setAttribute("d", `${data}Z`);
}
