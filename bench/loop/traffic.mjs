// What connections do by kube-proxy's rule, and what overloaded pods turn away. Shares no code with src/.

/** A pod serves this much per second, and turns the rest away. */
export const POD_CAPACITY = 100;

/**
 * Sends the traffic of each zone evenly to the ready pods that are hinted for it, or to all where none is or one has no hints.
 * @param pods with `zone`, `ready` and `hints` (zones)
 * @param amounts Map of source zone to traffic per second
 * @returns loads parallel to `pods`, flows by source and destination zone, `refused`: which fraction of a source zone's
 *   traffic is turned away; undefined when no pod is ready
 */
export function route(pods, amounts) {
  const ready = [];
  pods.forEach((pod, i) => pod.ready && ready.push(i));
  if (ready.length === 0) return undefined;
  const hinted = ready.every((i) => pods[i].hints.length > 0);
  const loads = new Float64Array(pods.length);
  const usedBy = new Map();
  let total = 0;
  for (const [zone, amount] of amounts) {
    const named = hinted ? ready.filter((i) => pods[i].hints.includes(zone)) : [];
    const used = named.length > 0 ? named : ready;
    usedBy.set(zone, used);
    total += amount;
    for (const i of used) loads[i] += amount / used.length;
  }
  const flows = new Map();
  const refused = new Map();
  let inZone = 0;
  let failed = 0;
  for (const [zone, used] of usedBy) {
    const each = amounts.get(zone) / used.length;
    const targets = new Map();
    let lost = 0;
    for (const i of used) {
      const to = pods[i].zone;
      targets.set(to, (targets.get(to) ?? 0) + each);
      if (to === zone) inZone += each;
      if (loads[i] > POD_CAPACITY) lost += each * (1 - POD_CAPACITY / loads[i]);
    }
    flows.set(zone, targets);
    refused.set(zone, lost === 0 ? 0 : lost / amounts.get(zone));
    failed += lost;
  }
  const busiest = total > 0 ? (Math.max(...loads) / total) * ready.length : 0;
  return { loads, flows, refused, failed, total, inZone, busiest, ready: ready.length };
}

/** Adds the retries: what was turned away in the tick before is tried once more. @param refused fractions by source zone */
export function withRetries(fresh, refused) {
  return new Map([...fresh].map(([zone, amount]) => [zone, amount * (1 + (refused.get(zone) ?? 0))]));
}
