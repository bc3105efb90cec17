// Seeded random clusters and Services for the benches, and what traffic feels there. Shares no code with src/.

/** Mulberry32: a small generator of fractions, the same on every machine. */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** A node as `summariseCluster` takes it. */
export function nodeRecord(name, zone, cpu) {
  return { name, zone, cpuNano: cpu * 1e9, ready: true, excluded: false, labels: {} };
}

/** An endpoint as the strategies take it. */
export function endpointRecord(address, zone, more = {}) {
  return { address, addresses: [address], zone, nodeName: '', ready: true, ...more };
}

const SIZES = ['1-2', '3-5', '6-9', '10-19', '20+'];

export function sizeClass(count) {
  return SIZES[count < 3 ? 0 : count < 6 ? 1 : count < 10 ? 2 : count < 20 ? 3 : 4];
}

/**
 * Clusters of 2 to 6 zones, half of them with equal zones, the others grown unevenly from a few machine types; Services
 * of 1 to 80 endpoints, spread evenly by topology constraints, placed freely, or crowded into some zones.
 */
export function* corpus(seed, count) {
  const next = random(seed);
  const between = (low, high) => low + Math.floor(next() * (high - low + 1));
  const machines = [2, 4, 8, 16, 32, 64];
  for (let number = 0; number < count; number++) {
    const zones = Array.from({ length: [2, 3, 3, 3, 4, 6][between(0, 5)] }, (_, z) => `zone-${z + 1}`);
    const even = next() < 0.5;
    const perZone = between(1, 6);
    const nodes = zones.flatMap((zone) =>
      Array.from({ length: even ? perZone : between(1, 9) }, (_, n) =>
        nodeRecord(`${zone}-node-${n}`, zone, even ? 8 : machines[between(0, 5)]),
      ),
    );
    const size = Math.max(1, Math.round(80 ** next()));
    const weights = zones.map(() => 0.2 + next() ** 2);
    const total = weights.reduce((a, b) => a + b, 0);
    const placement = ['constraint', 'constraint', 'free', 'crowded'][between(0, 3)];
    const endpoints = Array.from({ length: size }, (_, e) => {
      let z = e % zones.length;
      if (placement === 'free') z = between(0, zones.length - 1);
      if (placement === 'crowded') {
        let rest = next() * total;
        z = weights.findIndex((weight) => (rest -= weight) <= 0);
      }
      return endpointRecord(`10.${e >> 8}.${e & 255}.${number & 255}`, zones[z] ?? zones[0]);
    });
    yield { nodes, endpoints };
  }
}

/** Share of the demand of each zone: its part of the CPU. */
export function demand(nodes) {
  const cpu = new Map();
  for (const node of nodes) if (node.ready) cpu.set(node.zone, (cpu.get(node.zone) ?? 0) + node.cpuNano);
  const total = [...cpu.values()].reduce((a, b) => a + b, 0);
  return new Map([...cpu].map(([zone, amount]) => [zone, amount / total]));
}

/**
 * What nodes do by kube-proxy's rule: a node picks evenly among the ready endpoints that name its zone, or among all
 * when none does or when a ready endpoint has no hints.
 * @param zonesOf for each endpoint the zones that it is hinted for
 * @param shares Map of zone to its part of the traffic; by default by CPU
 */
export function feel(nodes, endpoints, zonesOf, shares = demand(nodes)) {
  const ready = endpoints.map((endpoint, i) => ({ zone: endpoint.zone, i })).filter(({ i }) => endpoints[i].ready);
  const hinted = ready.length > 0 && ready.every(({ i }) => zonesOf[i].length > 0);
  const loads = new Map();
  let inZone = 0;
  for (const [zone, share] of shares) {
    const named = hinted ? ready.filter(({ i }) => zonesOf[i].includes(zone)) : [];
    const used = named.length > 0 ? named : ready;
    for (const endpoint of used) {
      loads.set(endpoint, (loads.get(endpoint) ?? 0) + share / used.length);
      if (endpoint.zone === zone) inZone += share / used.length;
    }
  }
  return { hinted, inZone, busiest: Math.max(0, ...loads.values()) * ready.length };
}

/**
 * The same node by node: one that an endpoint names uses those that name it, if every ready endpoint has names; else the
 * zone hints.
 * @param namesOf for each endpoint the nodes that it names
 * @param partOf a node's part of the traffic; by default its part of the CPU
 */
export function feelNodes(nodes, endpoints, zonesOf, namesOf, partOf = cpuPart(nodes)) {
  const ready = endpoints.map((endpoint, i) => ({ zone: endpoint.zone, i })).filter(({ i }) => endpoints[i].ready);
  const named = ready.length > 0 && ready.every(({ i }) => namesOf[i].length > 0);
  const hinted = ready.length > 0 && ready.every(({ i }) => zonesOf[i].length > 0);
  const loads = new Map();
  let inZone = 0;
  for (const node of nodes) {
    const { name, zone } = node;
    const share = partOf(node);
    let used = named ? ready.filter(({ i }) => namesOf[i].includes(name)) : [];
    if (used.length === 0 && hinted) used = ready.filter(({ i }) => zonesOf[i].includes(zone));
    if (used.length === 0) used = ready;
    for (const endpoint of used) {
      loads.set(endpoint, (loads.get(endpoint) ?? 0) + share / used.length);
      if (endpoint.zone === zone) inZone += share / used.length;
    }
  }
  return { hinted, inZone, busiest: Math.max(0, ...loads.values()) * ready.length };
}

function cpuPart(nodes) {
  const total = nodes.reduce((sum, { cpuNano }) => sum + cpuNano, 0);
  return ({ cpuNano }) => cpuNano / total;
}

/** What no hints can beat: no zone keeps more than its endpoints may carry. */
export function bound(nodes, endpoints, overload, shares = demand(nodes)) {
  let sum = 0;
  for (const [zone, share] of shares) {
    const local = endpoints.filter((endpoint) => endpoint.zone === zone).length;
    sum += Math.min(share, ((1 + overload) * local) / endpoints.length);
  }
  return sum;
}
