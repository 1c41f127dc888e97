// Seeded random numbers for the simulation: the same seed gives the same canaries.

export interface Random {
  /** In [0, 1). */
  uniform(): number;
  normal(): number;
  poisson(mean: number): number;
  binomial(trials: number, p: number): number;
  beta(a: number, b: number): number;
}

/** Mulberry32, by Tommy Ettinger (public domain): small and good enough for counts. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const poisson = (mean: number) => {
    if (mean <= 0) return 0;
    if (mean > 40) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal()));
    const limit = Math.exp(-mean);
    let product = uniform();
    let count = 0;
    while (product > limit) {
      product *= uniform();
      count += 1;
    }
    return count;
  };
  const binomial = (trials: number, p: number) => {
    if (trials <= 0 || p < 1e-12) return 0;
    if (p >= 1) return trials;
    if (trials < 30) {
      let count = 0;
      for (let trial = 0; trial < trials; trial += 1) if (uniform() < p) count += 1;
      return count;
    }
    if (trials * p < 20) return Math.min(trials, skipping(trials, p));
    const drawn = Math.round(trials * p + Math.sqrt(trials * p * (1 - p)) * normal());
    return Math.max(0, Math.min(trials, drawn));
  };
  /** By the geometric gaps between successes: exact, and fast where there are few. */
  const skipping = (trials: number, p: number) => {
    const unit = Math.log1p(-p);
    let count = 0;
    for (let at = Math.floor(Math.log(1 - uniform()) / unit); at < trials; count += 1) {
      at += 1 + Math.floor(Math.log(1 - uniform()) / unit);
    }
    return count;
  };
  /** Marsaglia and Tsang. */
  const gamma = (shape: number): number => {
    if (shape < 1) return gamma(shape + 1) * (1 - uniform()) ** (1 / shape);
    const d = shape - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = normal();
      const v = (1 + c * x) ** 3;
      if (v > 0 && Math.log(1 - uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
    }
  };
  const beta = (a: number, b: number) => {
    const x = gamma(a);
    const y = gamma(b);
    return x + y === 0 ? 0 : x / (x + y);
  };
  return { uniform, normal, poisson, binomial, beta };
}
