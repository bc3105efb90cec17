import type { ZoneFlow } from '../../analysis/traffic.js';
import { percent, zoneName } from '../format.js';
import { drawn } from './elements.js';

const WIDTH = 360;
const BAR = 10;
const LABEL = 92;
const GAP = 14;
const TOP = 26;
/** Of all traffic together. */
const TRAFFIC_HEIGHT = 190;
/** A zone with little traffic still has room for its name. */
const LEAST = 14;
const LONGEST_NAME = 13;

interface Side {
  readonly top: number;
  readonly height: number;
  readonly share: number;
}

/** Which zone sends how much to which: clients on the left, endpoints on the right. */
export function flowPicture(title: string, zones: readonly string[], flows: readonly ZoneFlow[]): SVGSVGElement {
  const sent = sidesOf(zones, flows, ({ from }) => from);
  const taken = sidesOf(zones, flows, ({ to }) => to);
  const height = Math.max(bottomOf(sent), bottomOf(taken)) + 6;
  const cross = flows.reduce((sum, { from, to, share }) => (from === to ? sum : sum + share), 0);
  const picture = drawn('svg', {
    class: 'flows',
    viewBox: `0 0 ${WIDTH} ${height}`,
    role: 'img',
    'aria-label': `${title}: ${percent(1 - cross)} of the traffic stays in its zone; the table that follows has each pair of zones`,
  });
  picture.append(
    drawn('text', { x: LABEL, y: 12, 'text-anchor': 'end', class: 'side' }, 'clients'),
    drawn('text', { x: WIDTH - LABEL, y: 12, class: 'side' }, 'endpoints'),
  );
  const usedLeft = new Map<string, number>();
  const usedRight = new Map<string, number>();
  for (const from of zones) {
    for (const to of zones) {
      const share = flows.find((flow) => flow.from === from && flow.to === to)?.share ?? 0;
      const left = sent.get(from);
      const right = taken.get(to);
      if (share <= 0 || left === undefined || right === undefined) continue;
      const thickness = share * TRAFFIC_HEIGHT;
      const y1 = left.top + (usedLeft.get(from) ?? 0);
      const y2 = right.top + (usedRight.get(to) ?? 0);
      usedLeft.set(from, (usedLeft.get(from) ?? 0) + thickness);
      usedRight.set(to, (usedRight.get(to) ?? 0) + thickness);
      picture.append(ribbon(y1, y2, thickness, from === to));
    }
  }
  for (const zone of zones) {
    const left = sent.get(zone);
    const right = taken.get(zone);
    if (left !== undefined) picture.append(...bar(LABEL + 8, left, zone, 'end'));
    if (right !== undefined) picture.append(...bar(WIDTH - LABEL - 8 - BAR, right, zone, 'start'));
  }
  return picture;
}

function sidesOf(
  zones: readonly string[],
  flows: readonly ZoneFlow[],
  zoneOf: (flow: ZoneFlow) => string,
): ReadonlyMap<string, Side> {
  const sides = new Map<string, Side>();
  let top = TOP;
  for (const zone of zones) {
    const share = flows.reduce((sum, flow) => (zoneOf(flow) === zone ? sum + flow.share : sum), 0);
    const height = share * TRAFFIC_HEIGHT;
    sides.set(zone, { top, height, share });
    top += Math.max(height, LEAST) + GAP;
  }
  return sides;
}

function bottomOf(sides: ReadonlyMap<string, Side>): number {
  return Math.max(TOP, ...[...sides.values()].map(({ top, height }) => top + Math.max(height, LEAST)));
}

function ribbon(y1: number, y2: number, thickness: number, isInZone: boolean): SVGElement {
  const x1 = LABEL + 8 + BAR;
  const x2 = WIDTH - LABEL - 8 - BAR;
  const middle = (x1 + x2) / 2;
  const n = (value: number): string => value.toFixed(1);
  const path = [
    `M${x1} ${n(y1)}C${middle} ${n(y1)} ${middle} ${n(y2)} ${x2} ${n(y2)}`,
    `L${x2} ${n(y2 + thickness)}C${middle} ${n(y2 + thickness)} ${middle} ${n(y1 + thickness)} ${x1} ${n(y1 + thickness)}Z`,
  ].join('');
  return drawn('path', { d: path, class: isInZone ? 'in' : 'cross' });
}

function bar(x: number, { top, height, share }: Side, zone: string, anchor: 'start' | 'end'): SVGElement[] {
  const textX = anchor === 'end' ? LABEL : WIDTH - LABEL;
  const middle = top + Math.max(height, LEAST) / 2;
  const name = zoneName(zone);
  // Names of zones are long and differ at their ends.
  const shown = name.length > LONGEST_NAME ? `…${name.slice(1 - LONGEST_NAME)}` : name;
  return [
    drawn('rect', { x, y: top.toFixed(1), width: BAR, height: Math.max(height, 1).toFixed(1), class: 'bar' }),
    drawn('text', { x: textX, y: (middle - 1).toFixed(1), 'text-anchor': anchor }, shown),
    drawn('text', { x: textX, y: (middle + 12).toFixed(1), 'text-anchor': anchor, class: 'share' }, percent(share)),
  ];
}
