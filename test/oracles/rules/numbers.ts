import { sameTraffic, trafficOf } from '../model/traffic.js';
import { byPort, portNames, proxyNode, slicesOfType, usedBy, consumed, type PortEndpoints } from '../model/proxy.js';
import { compareText, type Service } from '../fuzzCase.js';
import type { Traffic } from '../model/demand.js';
import type { Finding, Rule, Trial } from '../trial.js';

/** One Service port of an address type once the hints are written, and what nodes do with it. */
export interface PortOutcome extends PortEndpoints {
  readonly traffic: Traffic;
  readonly readyCount: number;
}

/** undefined where a proxy may choose among contradictions, so that no figure is right or wrong. */
export function outcomes({ input, written, demand: demandOf }: Trial, addressType: string): PortOutcome[] | undefined {
  const group = slicesOfType(written, addressType);
  const demand = demandOf(addressType);
  if (demand.torn) return undefined;
  const sets = byPort(group, input.nodes);
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

/** Whether a proxy reads hints for connections to the cluster IP. */
export function isSteered({ spec }: Service): boolean {
  return spec?.type !== 'ExternalName' && spec?.clusterIP !== 'None' && spec?.internalTrafficPolicy !== 'Local';
}

export const demandIsAsStated: Rule = {
  name: 'the demand of zones is what the Service or the operator states',
  check: ({ plan, demand }) => {
    for (const { addressType, source, zones } of plan.demand) {
      const expected = demand(addressType);
      if (expected.torn) continue;
      const same =
        source === expected.source &&
        zones.length === expected.zones.length &&
        zones.every(({ zone, share }, i) => {
          const other = expected.zones[i]!;
          return other.zone === zone && Math.abs(other.share - share) < 1e-9;
        });
      const texts = [zones, expected.zones].map((each) => JSON.stringify(each));
      if (!same) return `${addressType}: ${source} ${texts[0]} where it is ${expected.source} ${texts[1]}`;
    }
    return undefined;
  },
};

export const forecastsAreReplayed: Rule = {
  name: 'the forecast is what a replay of every node and port gives',
  check: (trial) => {
    const steered = isSteered(trial.input.service);
    for (const { addressType, ...forecast } of trial.plan.forecast) {
      if (addressType === 'FQDN') continue;
      if (!steered) {
        const { inZoneShare, worstLoad, byZone } = forecast;
        if (forecast.steered === false && inZoneShare === 0 && worstLoad === 0 && byZone.length === 0) continue;
        return `${addressType}: promises ${JSON.stringify(forecast)}, though hints do not steer the Service`;
      }
      const ports = outcomes(trial, addressType);
      if (ports === undefined) continue;
      // Lowest share in zone and highest load of the ports that have traffic, the zones of the port with that share.
      const busy = ports.filter(({ traffic }) => traffic.worstLoad > 0);
      const candidates = busy.length > 0 ? busy : ports;
      const worstLoad = Math.max(...candidates.map(({ traffic }) => traffic.worstLoad));
      const lowest = Math.min(...candidates.map(({ traffic }) => traffic.inZoneShare));
      const possible = candidates.filter(({ traffic }) => traffic.inZoneShare - lowest < 1e-6);
      if (possible.some(({ traffic }) => sameTraffic(forecast, { ...traffic, worstLoad }))) continue;
      const expected = ports.map(({ port, traffic }) => `port ${port}: ${JSON.stringify(traffic)}`).join(' and ');
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

const overlaps = (set: PortOutcome, ports: readonly PortOutcome[]): boolean =>
  ports.some(
    ({ slices }) =>
      slices.some((slice) => set.slices.includes(slice)) &&
      (slices.length !== set.slices.length || slices.some((slice) => !set.slices.includes(slice))),
  );
const says = (message: string, load: number): boolean =>
  shown(/busiest endpoint ([0-9.]+)x/.exec(message)?.[1], load, 2);

/** The zones that ready endpoints are hinted for, in whatever order these come. */
const hintsText = ({ endpoints }: PortEndpoints): string =>
  endpoints
    .filter(({ ready }) => ready)
    .map(({ address, forZones }) => JSON.stringify([address, [...forZones].sort()]))
    .sort()
    .join();

export const balancedWithinTheLimit: Rule = {
  name: 'balanced loads no endpoint of any port above the limit',
  check: (trial) => {
    for (const { addressType, reason, message } of trial.plan.verdicts) {
      if (reason !== 'BalancedHintsSet') continue;
      const before = new Map(
        byPort(slicesOfType(trial.input.slices, addressType)).map((set) => [set.port, hintsText(set)]),
      );
      const ports = outcomes(trial, addressType) ?? [];
      for (const set of ports) {
        // Hints of slices that serve several ports, not all the same, cannot suit each of them: there the verdict says so.
        const hold = trial.input.settings.overloadHold ?? 0.05;
        if (overlaps(set, ports) && set.traffic.worstLoad <= 1 + limitOf(trial) + hold + 1e-6) continue;
        if (overlaps(set, ports) && says(message, Math.max(...ports.map(({ traffic }) => traffic.worstLoad)))) continue;
        // What stands may exceed the limit by the hold.
        const stands = before.get(set.port) === hintsText(set);
        const most = 1 + limitOf(trial) + (stands ? hold : 0);
        const { worstLoad } = set.traffic;
        if (worstLoad > most + 1e-6) {
          return `${addressType} port ${set.port}: ${worstLoad}x where at most ${most}x is allowed: ${message}`;
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
const balanced: Reading = (_trial, [, percent, busiest, endpoints, zones], { traffic, readyCount }) =>
  shown(percent, traffic.inZoneShare * 100, 0) &&
  shown(busiest, traffic.worstLoad, 2) &&
  count(endpoints) === readyCount &&
  count(zones) === traffic.byZone.length;

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

const NONE_READY =
  /(?:The one endpoint is not ready|None of the ([0-9]+) endpoints is ready)(, so that no node has one to use|; every node uses the ([0-9]+) that still serves? while terminating)/;
const noneReady: Reading = (_trial, [, listed, none, serving], { slices, readyCount, endpoints }) =>
  readyCount === 0 &&
  // Entries without an address may be counted, and an address in several slices is not counted again.
  count(listed ?? '1') >= endpoints.length &&
  count(listed ?? '1') <= slices.flatMap((slice) => slice.endpoints ?? []).length &&
  consumed(endpoints).length === (none?.startsWith(', so') === true ? 0 : count(serving));

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

/** The ports that a message is about; undefined where it names none, because all fare alike or there is one. */
export function portsNamed<T extends PortEndpoints>(message: string, ports: readonly T[]): T[] | undefined {
  const list = / \(ports? ((?:"[^"]*"(?:, )?)+)(?: and [0-9]+ more)?\), addressType/.exec(message)?.[1];
  return list === undefined ? undefined : ports.filter(({ port }) => list.includes(`"${port}"`));
}

function read(
  trial: Trial,
  message: string,
  readings: readonly (readonly [RegExp, Reading])[],
  ports: readonly PortOutcome[],
): Finding {
  for (const [form, reading] of readings) {
    const match = form.exec(message);
    if (match === null) continue;
    const right = (port: PortOutcome): boolean => reading(trial, match, port);
    const named = portsNamed(message, ports);
    if (named === undefined ? ports.some(right) : named.length > 0 && named.every(right)) return undefined;
    const replay = ports.map(({ port, traffic, readyCount }) => {
      const { inZoneShare, worstLoad } = traffic;
      return `port ${port}: ${readyCount} ready, ${(inZoneShare * 100).toFixed(2)} % in zone, ${worstLoad.toFixed(4)}x`;
    });
    return `no port has these figures (${replay.join('; ')})`;
  }
  return 'a sentence that the oracle cannot read';
}
