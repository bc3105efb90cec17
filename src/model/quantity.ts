/**
 * Kubernetes quantities (k8s.io/apimachinery pkg/api/resource): a decimal number with an optional sign, followed by a
 * binary suffix (Ki … Ei), a decimal suffix (n, u, m, none, k … E) or a decimal exponent (e3, E3).
 */
const NANO_PER_UNIT = 1e9;
const FORM = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+|)$/;
const DECIMAL_EXPONENT: ReadonlyMap<string, number> = new Map(
  Object.entries({ n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 }),
);
const BINARY_EXPONENT: ReadonlyMap<string, number> = new Map(
  Object.entries({ Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 }),
);

/** No quantity is greater than this many units; greater ones are capped (resource.Quantity: 2^63-1 in magnitude). */
const MAX_NANO = 2 ** 63 * NANO_PER_UNIT;

/**
 * Reads a quantity as a number of billionths (nano-units), rounded away from zero as Kubernetes does below one nano.
 * Results are exact up to 2^53 nano-units (about nine million CPUs) and the nearest double above that.
 * @returns undefined when the text is no quantity
 */
export function parseNano(quantity: string | number): number | undefined {
  const match = FORM.exec(String(quantity));
  if (match === null) return undefined;
  const [, sign = '', digits = '', suffix = ''] = match;
  const [whole = '', fraction = ''] = digits.split('.');
  const binary = BINARY_EXPONENT.get(suffix);
  const exponent = binary === undefined ? (DECIMAL_EXPONENT.get(suffix) ?? Number(suffix.slice(1))) : 0;
  const unscaled = BigInt(whole + fraction);
  // Past these exponents every number but zero is below one nano-unit or above the cap: no need for greater powers.
  const limit = digits.length + 40;
  const shift = Math.max(-limit, Math.min(limit, exponent + 9 - fraction.length));
  let nano = unscaled * (binary === undefined ? 1n : 1n << BigInt(binary));
  if (shift >= 0) nano *= 10n ** BigInt(shift);
  else {
    const divisor = 10n ** BigInt(-shift);
    nano = (nano + divisor - 1n) / divisor;
  }
  const value = Math.min(Number(nano), MAX_NANO);
  return sign === '-' && value !== 0 ? -value : value;
}

/** Reads an amount of CPU in nano-CPU; plain whole numbers and milli-CPU, by far the most common, take a short way. */
export function parseCpuNano(quantity: string | number): number | undefined {
  if (typeof quantity === 'string' && quantity.length < 8) {
    let value = 0;
    for (let i = 0; i < quantity.length; i++) {
      const digit = quantity.charCodeAt(i) - 48;
      if (digit >= 0 && digit <= 9) value = value * 10 + digit;
      else if (i > 0 && i === quantity.length - 1 && quantity[i] === 'm') return value * 1e6;
      else return parseNano(quantity);
    }
    return quantity.length > 0 ? value * NANO_PER_UNIT : undefined;
  }
  return parseNano(quantity);
}

/** Whole milli-units, rounded up: `Quantity.MilliValue()` of Kubernetes. */
export function milliFromNano(nano: number): number {
  return Math.ceil(nano / 1e6);
}
