/** Measurements are foreign: names and amounts beyond these bounds are ignored. */
export const MAX_SERVICES = 50_000;
/** Zones of a Service, and of all of them. */
export const MAX_ZONES = 100;
/** Per second; no Service has more of anything. */
export const MAX_RATE = 1e15;

const KEY = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\/[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Whether a text is the `namespace/name` of a Service. */
export function isServiceKey(text: string): boolean {
  return KEY.test(text);
}
