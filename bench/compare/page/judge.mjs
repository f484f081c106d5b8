// Whether a result is right: how far it lies from float64, and how far it may.

/** For logits, of their largest: chains of float32 products stay well under it; one wrong operator does not. */
const LOGITS = 1e-3;
/** For coding rates, each of itself: the project's own bound for log-determinants. */
const RATES = 1e-3;
const LOGDET = 1e-4;
const EPSILON = 2 ** -23;

const largest = (values) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** Largest |got − expected|, in units of max(1, largest |expected|). NaN counts as infinitely wrong. */
function errorOf(got, expected) {
  if (got?.length !== expected.length) return Number.POSITIVE_INFINITY;
  const scale = Math.max(1, largest(expected));
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(got[i] - expected[i]) / scale;
    worst = error >= worst ? error : Number.isNaN(error) ? Number.POSITIVE_INFINITY : worst;
  }
  return worst;
}

const numbersOf = (value) => (typeof value === 'object' ? Object.values(value).flatMap(numbersOf) : [value]);

/** Largest relative error of any coding rate of any layer. */
function ratesError(layers, expected) {
  let worst = 0;
  expected.forEach(({ R, Rc }, l) => {
    const right = [...numbersOf(R), ...numbersOf(Rc)];
    const got = layers[l] ? [...numbersOf(layers[l].R), ...numbersOf(layers[l].Rc)] : [];
    if (got.length !== right.length) worst = Number.POSITIVE_INFINITY;
    got.forEach((value, i) => {
      const error = Math.abs(value - right[i]) / Math.max(1, Math.abs(right[i]));
      worst = error >= worst ? error : Number.isNaN(error) ? Number.POSITIVE_INFINITY : worst;
    });
  });
  return worst;
}

/** `result`: { values, layers? }. Returns { maxError, measuresError, wrong }: `wrong` is null or says what is. */
export function judge(kind, task, { values, layers }) {
  const bound = { model: LOGITS, product: task.depth * EPSILON, logdet: LOGDET }[kind];
  const maxError = errorOf(values, task.expected);
  const measuresError = layers ? ratesError(layers, task.rates) : null;
  const wrong =
    maxError > bound
      ? `wrong: off by ${maxError.toExponential(1)}, ${bound.toExponential(1)} is allowed`
      : measuresError > RATES
        ? `wrong: a coding rate is off by ${measuresError.toExponential(1)}`
        : null;
  return { maxError, measuresError, wrong };
}
