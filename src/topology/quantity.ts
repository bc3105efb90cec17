/**
 * Kubernetes quantities (k8s.io/apimachinery pkg/api/resource): a decimal number with an optional sign, followed by a
 * binary suffix (Ki … Ei), a decimal suffix (n, u, m, none, k … E) or a decimal exponent (e3, E3).
 */
const NANO_PER_UNIT = 1e9;
const FORM = /^([+-]?)(\d+\.?\d*|\.\d+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+|)$/;
const DECIMAL_EXPONENT: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const BINARY_EXPONENT: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };

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
  const binary = BINARY_EXPONENT[suffix];
  const exponent = binary === undefined ? (DECIMAL_EXPONENT[suffix] ?? Number(suffix.slice(1))) : 0;
  // Past these exponents the value is zero-but-not-quite or beyond every machine; both are clamped, as upstream clamps.
  const shift = Math.max(-400, Math.min(400, exponent + 9 - fraction.length));
  let nano = BigInt(whole + fraction) * (binary === undefined ? 1n : 1n << BigInt(binary));
  if (shift >= 0) nano *= 10n ** BigInt(shift);
  else {
    const divisor = 10n ** BigInt(-shift);
    nano = (nano + divisor - 1n) / divisor;
  }
  const value = Number(nano);
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
