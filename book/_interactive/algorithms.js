// The parts that are algorithms and not formulas: polynomial roots, the best step size, trajectories.

import * as formulas from "negmom/formulas";

/**
 * The roots of a real polynomial, by Ehrlich–Aberth iteration.
 *
 * `coefficients` has the highest first. `start`, an earlier result, is used as a first guess where
 * given. Returns {re, im}, two arrays.
 */
export function roots(coefficients, start = null) {
  const n = coefficients.length - 1;
  const monic = coefficients.map((c) => c / coefficients[0]);
  const re = new Float64Array(n);
  const im = new Float64Array(n);
  const bound = Math.max(...monic.slice(1).map((c, k) => Math.abs(c) ** (1 / (k + 1)))) || 1;
  for (let k = 0; k < n; k++) {
    // No guess is real or the conjugate of another: the iteration would never leave that symmetry.
    const angle = (2 * Math.PI * k) / n + 0.4;
    re[k] = start ? start.re[k] : bound * Math.cos(angle);
    im[k] = start ? start.im[k] + 1e-3 * (k + 1) : bound * Math.sin(angle);
  }
  for (let sweep = 0; sweep < 100; sweep++) {
    let change = 0;
    for (let k = 0; k < n; k++) {
      // Horner's rule for p and p′, with a bound of what rounding does to p
      let [pRe, pIm, dRe, dIm] = [1, 0, 0, 0];
      const size = Math.hypot(re[k], im[k]);
      let noise = 1;
      for (let j = 1; j <= n; j++) {
        [dRe, dIm] = [dRe * re[k] - dIm * im[k] + pRe, dRe * im[k] + dIm * re[k] + pIm];
        [pRe, pIm] = [pRe * re[k] - pIm * im[k] + monic[j], pRe * im[k] + pIm * re[k]];
        noise = noise * size + Math.abs(monic[j]);
      }
      if (Math.hypot(pRe, pIm) <= 2e-16 * noise) continue;
      const [newtonRe, newtonIm] = divide(pRe, pIm, dRe, dIm);
      let [sumRe, sumIm] = [0, 0];
      for (let j = 0; j < n; j++) {
        if (j === k) continue;
        const [gapRe, gapIm] = divide(1, 0, re[k] - re[j], im[k] - im[j]);
        sumRe += gapRe;
        sumIm += gapIm;
      }
      const [stepRe, stepIm] = divide(
        newtonRe,
        newtonIm,
        1 - (newtonRe * sumRe - newtonIm * sumIm),
        -(newtonRe * sumIm + newtonIm * sumRe),
      );
      if (!Number.isFinite(stepRe + stepIm)) continue;
      re[k] -= stepRe;
      im[k] -= stepIm;
      change = Math.max(change, Math.hypot(stepRe, stepIm) / (size + 1e-300));
    }
    if (change < 1e-15) break;
  }
  return { re, im };
}

function divide(aRe, aIm, bRe, bIm) {
  const square = bRe * bRe + bIm * bIm;
  return [(aRe * bRe + aIm * bIm) / square, (aIm * bRe - aRe * bIm) / square];
}

const GAME = {
  simultaneous: {
    polynomial: formulas.simultaneousPolynomial,
    update: formulas.simultaneousUpdate,
    converges: formulas.simultaneousConverges,
    bounded: formulas.simultaneousBounded,
  },
  alternating: {
    polynomial: formulas.alternatingPolynomial,
    update: formulas.alternatingUpdate,
    converges: formulas.alternatingConverges,
    bounded: formulas.alternatingBounded,
  },
};

/** The four eigenvalues of the bilinear game's operator: {re, im, offset} with μ = 1 + offset. */
export function operatorEigenvalues(eta, beta, updates, start = null) {
  const offset = roots(GAME[updates].polynomial(eta, beta), start);
  return { re: offset.re.map((x) => 1 + x), im: offset.im, offset };
}

/** Their largest modulus. */
export function operatorRadius({ re, im }) {
  return Math.max(...re.map((x, k) => Math.hypot(x, im[k])));
}

/** "converges", "bounded" or "unbounded", from the exact conditions. */
export function bilinearVerdict(eta, beta, updates) {
  if (GAME[updates].converges(eta, beta)) return "converges";
  return GAME[updates].bounded(eta, beta) ? "bounded" : "unbounded";
}

/** The states (φ, θ) from a start at rest; it ends early beyond `limit`. */
export function trajectory([phi, theta], eta, beta, updates, steps, limit = 1e6) {
  const step = GAME[updates].update;
  const path = [[phi, theta]];
  let before = [phi, theta];
  for (let t = 0; t < steps; t++) {
    const now = path[t];
    if (Math.abs(now[0]) + Math.abs(now[1]) > limit) break;
    path.push(step(eta, beta, ...now, ...before));
    before = now;
  }
  return path;
}

/** The squared spectral radius max |1 − ηλ|² of a spectrum [[x, y], …]. */
export function squaredRadius(eta, spectrum) {
  return Math.max(...spectrum.map(([x, y]) => formulas.contraction(eta, x, y)));
}

/**
 * Theorem 2: {eta, squared, limiting} of a spectrum [[x, y], …] with x > 0.
 *
 * The best step is the lowest point of one parabola |1 − ηλ|² or the crossing of two, so it is the
 * best of all of these. `limiting` has the indices of the eigenvalues on the circle.
 */
export function bestStepSize(spectrum) {
  const candidates = spectrum.map(([x, y]) => formulas.halfPlaneStep(x, y));
  for (const [j, first] of spectrum.entries())
    for (const second of spectrum.slice(j + 1)) {
      const crossing = formulas.crossingStep(...first, ...second);
      if (crossing > 0 && Number.isFinite(crossing)) candidates.push(crossing);
    }
  let [eta, squared] = [NaN, Infinity];
  for (const candidate of candidates) {
    const value = squaredRadius(candidate, spectrum);
    if (value < squared) [eta, squared] = [candidate, value];
  }
  return { eta, squared, limiting: limiting(eta, spectrum) };
}

/** The indices of the eigenvalues whose |1 − ηλ| is the largest, up to rounding. */
export function limiting(eta, spectrum, tolerance = 1e-9) {
  const values = spectrum.map(([x, y]) => formulas.contraction(eta, x, y));
  const largest = Math.max(...values);
  return [...values.keys()].filter((k) => values[k] >= largest - tolerance);
}

/** The bounds (4) of Theorem 2, {step: [low, high], squared: [low, high]}. */
export function theoremTwoBounds(spectrum) {
  const first = Math.min(...spectrum.map(([x, y]) => formulas.halfPlaneStep(x, y)));
  const sine = Math.max(...spectrum.map(([x, y]) => formulas.sineSquared(x, y)));
  // 1 − Re(1/λ₁)δ is the squared radius at the step Re(1/λ₁)
  return { step: [first, 2 * first], squared: [sine, squaredRadius(first, spectrum)] };
}
