import type { EndpointManifest, EndpointSliceManifest } from '../../src/model/manifest.js';
import { planService, type PlanServiceInput, type ServicePlan } from '../../src/hints/planService.js';
import type { Settings } from '../../src/hints/settings.js';
import type { MeasuredFigures } from '../../src/measured/figures.js';
import { nodeManifest } from './vectors.js';

const ZONE = 'topology.kubernetes.io/zone';
export const MODE = 'slicehints.io/mode';
export const DEMAND = 'slicehints.io/demand';
export const CLIENTS = 'slicehints.io/clients';

const nodes = ['a', 'b', 'c'].map((zone) =>
  nodeManifest({ name: `n-${zone}`, labels: { [ZONE]: zone }, cpu: '4', ready: 'True' }),
);

/** Endpoints by zone, as `aab`: two in a, one in b. */
export function slice(service: string, zones: string): EndpointSliceManifest {
  return {
    metadata: { namespace: 'shop', name: `${service}-1`, labels: { 'kubernetes.io/service-name': service } },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 80 }],
    endpoints: [...zones].map((zone, i): EndpointManifest => ({
      addresses: [`10.0.${service.length}.${i}`],
      conditions: { ready: true },
      nodeName: `n-${zone}`,
      zone,
    })),
  };
}

export interface Case {
  readonly annotations?: Record<string, string>;
  readonly own?: EndpointSliceManifest;
  readonly clientSlices?: EndpointSliceManifest[];
  readonly settings?: Partial<Settings>;
  readonly measured?: MeasuredFigures;
}

export function inputOf({
  annotations = { [DEMAND]: 'measured' },
  own = slice('web', 'aabbcc'),
  ...more
}: Case): PlanServiceInput {
  return {
    service: { metadata: { namespace: 'shop', name: 'web', annotations: { [MODE]: 'balanced', ...annotations } } },
    slices: [own],
    nodes,
    ...more,
  };
}
export const plan = (one: Case): ServicePlan => planService(inputOf(one));

export const sharesOf = ({ demand }: ServicePlan): string =>
  (demand[0]?.zones ?? []).map(({ zone, share }) => `${zone}=${Math.round(share * 1000) / 1000}`).join(' ');
export const warningsOf = ({ warnings }: ServicePlan): string[] =>
  warnings.map(({ reason, message }) => `${reason}: ${message}`);

/** The slices as they are after the plan is written. */
export function written({ slices }: ServicePlan, own: EndpointSliceManifest): EndpointSliceManifest {
  const [planned] = slices;
  return {
    ...own,
    metadata: { ...own.metadata, annotations: { 'slicehints.io/hints': 'v1' } },
    endpoints: (own.endpoints ?? []).map((endpoint, i) => {
      const hints = planned?.endpoints[i]?.hints;
      return { ...endpoint, ...(hints === undefined ? {} : { hints }) };
    }),
  };
}
