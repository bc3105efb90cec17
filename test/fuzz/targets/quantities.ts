import { parseCpuNano, parseNano } from '../../../src/model/quantity.js';

export const words = ['Ki', 'Ei', 'E', 'e+', 'e-', 'n', 'm', '9223372036854775807', '0.000000001', '00000000'];

/** A quantity: a finite number or none, the same by both readers, and of the other sign behind a minus. */
export function fuzz(bytes: Uint8Array): void {
  const text = new TextDecoder().decode(bytes);
  const nano = parseNano(text);
  if (nano !== undefined && !Number.isFinite(nano)) throw new Error(`${JSON.stringify(text)} is ${nano}`);
  const short = parseCpuNano(text);
  if (short !== nano) throw new Error(`${JSON.stringify(text)} is ${short} the short way, and ${nano} the long one`);
  if (nano === undefined || /^[+-]/.test(text)) return;
  const opposite = parseNano(`-${text}`);
  if (opposite !== 0 - nano) throw new Error(`-${text} is ${opposite}, and ${text} is ${nano}`);
}
