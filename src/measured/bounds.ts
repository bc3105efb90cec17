/** Measurements are foreign: names and amounts beyond these bounds are ignored. */
export const MAX_SERVICES = 50_000;
/** Zones of a Service, and of all of them. */
export const MAX_ZONES = 100;
/** Of all Services together: 10,000 in 12 zones have 360,000 while the traffic of all of them moves. */
export const MAX_SHARES = 500_000;
/** Per second; no Service has more of anything. */
export const MAX_RATE = 1e15;
/** Per second: once in thirty years. Less is no traffic. */
export const LEAST_RATE = 1e-9;

const KEY = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\/[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Whether a text is the `namespace/name` of a Service. */
export function isServiceKey(text: string): boolean {
  return KEY.test(text);
}
