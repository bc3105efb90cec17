import { sameTraffic, trafficOf } from '../model/traffic.js';
import { byPort, portNames, proxyNode, slicesOfType, usedBy, type PortEndpoints } from '../model/proxy.js';
import { compareText } from '../fuzzCase.js';
import type { Traffic } from '../model/demand.js';
import type { Finding, Rule, Trial } from '../trial.js';

/** One Service port of an address type once the hints are written, and what nodes do with it. */
export interface PortOutcome extends PortEndpoints {
  readonly traffic: Traffic;
  readonly readyCount: number;
}

/** undefined where a proxy may choose among contradictions, so that no figure is right or wrong. */
export function outcomes({ written, demand }: Trial, addressType: string): PortOutcome[] | undefined {
  const group = slicesOfType(written, addressType);
  const sets = byPort(group);
  if (
    sets.some(({ torn, port }) => torn || (port !== undefined && group.some((slice) => portNames(slice).length === 0)))
  )
    return undefined;
  return sets.map((set) => ({
    ...set,
    traffic: trafficOf(set.endpoints, demand),
    readyCount: set.endpoints.filter(({ ready }) => ready).length,
  }));
}

export const forecastsAreReplayed: Rule = {
  name: 'the forecast is what a replay of every node and port gives',
  check: (trial) => {
    for (const { addressType, ...forecast } of trial.plan.forecast) {
      if (addressType === 'FQDN') continue;
      const ports = outcomes(trial, addressType);
      if (ports === undefined) continue;
      if (ports.some(({ traffic }) => sameTraffic(forecast, traffic))) continue;
      const expected = ports.map(({ port, traffic }) => `port ${port}: ${JSON.stringify(traffic)}`).join(' or ');
      return `${addressType}: forecast ${JSON.stringify(forecast)}, replay of ${expected}`;
    }
    return undefined;
  },
};

/** The share by which the busiest endpoint may lie above the mean. */
export function limitOf({ input }: Trial): number {
  const text = input.service.metadata?.annotations?.['slicehints.io/overload-threshold'];
  const plain = text !== undefined && /^([0-9]+\.?[0-9]*|\.[0-9]+)$/.test(text) && Number(text) <= 10;
  return plain ? Number(text) : (input.settings.overloadThreshold ?? 0.2);
}

export const balancedWithinTheLimit: Rule = {
  name: 'balanced loads no endpoint of any port above the limit',
  check: (trial) => {
    for (const { addressType, reason, message } of trial.plan.verdicts) {
      if (reason !== 'BalancedHintsSet') continue;
      for (const { port, traffic } of outcomes(trial, addressType) ?? []) {
        const { worstLoad } = traffic;
        if (worstLoad > 1 + limitOf(trial) + 1e-6) {
          return `${addressType} port ${port}: ${worstLoad}x where at most ${1 + limitOf(trial)}x is allowed: ${message}`;
        }
      }
    }
    return undefined;
  },
};

/** Checks the figures of a message against one port; the message is about the worst of them. */
type Reading = (trial: Trial, match: RegExpExecArray, port: PortOutcome) => boolean;

const count = (text: string | undefined): number => Number(text ?? 'nothing');
const shown = (text: string | undefined, value: number, digits: number): boolean =>
  Math.abs(Number(text) - value) <= 0.5 / 10 ** digits + 1e-6;

const BALANCED =
  /^Balanced hints set: ([0-9]+)% in zone, busiest endpoint ([0-9.]+)x, ([0-9]+) endpoints?, ([0-9]+) zones?\b/;
const balanced: Reading = ({ demand }, [, percent, busiest, endpoints, zones], { traffic, readyCount }) =>
  shown(percent, traffic.inZoneShare * 100, 0) &&
  shown(busiest, traffic.worstLoad, 2) &&
  count(endpoints) === readyCount &&
  count(zones) === demand.zones.length;

const NEAREST =
  /([0-9]+) ready endpoints?: (?:([0-9]+) nodes? uses? only what runs on the node itself, )?([0-9]+) nodes? uses? only what is in the same zone(?:, ([0-9]+) nodes? uses? endpoints elsewhere \(nodes of (?:zones? (.*?)(?: and ([0-9]+) more)?)?(?:, )?(no zone)?\))?/;
const nearest: Reading = ({ input }, [, ready, onNode, inZone, elsewhere, zones, more, noZone], port) => {
  let [own, zone] = [0, 0];
  const away = new Set<string>();
  let others = 0;
  for (const node of input.nodes.map(proxyNode)) {
    const used = usedBy(node, port.endpoints);
    if (onNode !== undefined && used.every(({ nodeName }) => nodeName === node.name)) own++;
    else if (node.zone !== '' && used.every((endpoint) => endpoint.zone === node.zone)) zone++;
    else {
      others++;
      away.add(node.zone);
    }
  }
  const places = [...away].filter((name) => name !== '').sort(compareText);
  return (
    count(ready) === port.readyCount &&
    (onNode === undefined || count(onNode) === own) &&
    count(inZone) === zone &&
    count(elsewhere ?? '0') === others &&
    (zones ?? '') === places.slice(0, 5).join(', ') &&
    count(more ?? '0') === Math.max(0, places.length - 5) &&
    (noZone !== undefined) === away.has('')
  );
};

const ALL_USED = /every node uses all ([0-9]+) endpoints/;
const allUsed: Reading = ({ input }, [, endpoints], port) =>
  count(endpoints) === port.readyCount &&
  input.nodes.every((node) => usedBy(proxyNode(node), port.endpoints).length === port.readyCount);

const NONE_READY = /[Nn]one of (?:the )?([0-9]+) endpoints is ready/;
const noneReady: Reading = (_trial, [, endpoints], { slices, readyCount, endpoints: known }) =>
  readyCount === 0 &&
  [slices.flatMap((slice) => slice.endpoints ?? []).length, known.length].includes(count(endpoints));

const READINGS: ReadonlyMap<string, readonly (readonly [RegExp, Reading])[]> = new Map([
  ['BalancedHintsSet', [[BALANCED, balanced]]],
  ['NoReadyEndpoints', [[NONE_READY, noneReady]]],
  [
    'SameZoneHintsSet',
    [
      [NEAREST, nearest],
      [NONE_READY, noneReady],
    ],
  ],
  [
    'SameNodeHintsSet',
    [
      [NEAREST, nearest],
      [NONE_READY, noneReady],
    ],
  ],
  [
    'SameZoneHintsIgnored',
    [
      [ALL_USED, allUsed],
      [NONE_READY, noneReady],
    ],
  ],
  [
    'SameNodeHintsIgnored',
    [
      [ALL_USED, allUsed],
      [NONE_READY, noneReady],
    ],
  ],
] as const);

export const figuresOfVerdicts: Rule = {
  name: 'every figure of a verdict is what a replay gives',
  check: (trial) => {
    for (const { addressType, reason, message } of trial.plan.verdicts) {
      const readings = READINGS.get(reason);
      if (readings === undefined || /There is no endpoint/.test(message)) continue;
      const ports = outcomes(trial, addressType);
      if (ports === undefined) continue;
      const finding = read(trial, message, readings, ports);
      if (finding !== undefined) return `${addressType} ${reason}: ${finding}: ${message}`;
    }
    return undefined;
  },
};

function read(
  trial: Trial,
  message: string,
  readings: readonly (readonly [RegExp, Reading])[],
  ports: readonly PortOutcome[],
): Finding {
  for (const [form, reading] of readings) {
    const match = form.exec(message);
    if (match === null) continue;
    if (ports.some((port) => reading(trial, match, port))) return undefined;
    const replay = ports.map(({ port, traffic, readyCount }) => {
      const { inZoneShare, worstLoad } = traffic;
      return `port ${port}: ${readyCount} ready, ${(inZoneShare * 100).toFixed(2)} % in zone, ${worstLoad.toFixed(4)}x`;
    });
    return `no port has these figures (${replay.join('; ')})`;
  }
  return 'a sentence that the oracle cannot read';
}
