import type { ZoneDrainManifest } from '../../hints/drain/zoneDrain.js';
import { planService, type ServicePlan } from '../../hints/planService.js';
import { POLICY_GROUP, type HintsPolicyManifest } from '../../hints/policy/policy.js';
import type { NamespaceManifest } from '../../hints/policy/policyReader.js';
import type { Settings } from '../../hints/settings.js';
import { usableEndpoints } from '../../kubeproxy/rule.js';
import type { EndpointManifest, EndpointSliceManifest, NodeManifest, ServiceManifest } from '../../model/manifest.js';
import { SERVICE_NAME_LABEL } from '../../model/slice.js';
import type { ObjectStore } from '../../sandbox/storage/store.js';
import { drainedZones } from '../input/drainedZones.js';
import type { Paint } from '../output/terminal.js';
import { renderTable } from '../output/textTable.js';

/** What the stand-in server holds at one moment. */
export interface SandboxState {
  readonly nodes: readonly NodeManifest[];
  readonly services: readonly ServiceManifest[];
  readonly slices: readonly EndpointSliceManifest[];
  readonly policies: readonly HintsPolicyManifest[];
  readonly namespaces: readonly NamespaceManifest[];
}

/** What a plan reads of the stand-in server. */
export function stateOf(store: ObjectStore): SandboxState {
  return {
    nodes: store.list('nodes'),
    services: store.list('services'),
    slices: store.list('endpointslices'),
    policies: POLICY_RESOURCES.flatMap((resource) => store.list(resource) as readonly HintsPolicyManifest[]),
    namespaces: store.list('namespaces'),
  };
}

/** The settings as a controller has them at this moment: with the zones that are drained in the stand-in server. */
export function settingsAt(nowMs: number, settings: Settings, store: ObjectStore): Settings {
  const drains = store.list(DRAIN_RESOURCE) as readonly ZoneDrainManifest[];
  const { zones } = drainedZones(drains, nowMs, false);
  return { ...settings, nowMs, ...(zones.length === 0 ? {} : { drainedZones: zones }) };
}

/** Storage name of drains. */
export const DRAIN_RESOURCE = `zonedrains.${POLICY_GROUP}`;

/** Storage names of the policies; nothing is stored under them while their definitions are absent. */
export const POLICY_RESOURCES = [`clusterhintspolicies.${POLICY_GROUP}`, `hintspolicies.${POLICY_GROUP}`] as const;

/** Rows of a table that are shown. */
const MOST_ROWS = 40;

/** `a` for zones, `node:n1` for nodes; empty without hints. */
export function describeHints(endpoint: EndpointManifest): string {
  const zones = endpoint.hints?.forZones?.map(({ name }) => (name === '' ? '""' : name)) ?? [];
  const nodes = endpoint.hints?.forNodes?.map(({ name }) => `node:${name}`) ?? [];
  return [...zones, ...nodes].join(',');
}

export function slicesOf(service: ServiceManifest, slices: readonly EndpointSliceManifest[]): EndpointSliceManifest[] {
  return slices.filter(
    ({ metadata }) =>
      metadata?.namespace === service.metadata?.namespace &&
      metadata?.labels?.[SERVICE_NAME_LABEL] === service.metadata?.name,
  );
}

/**
 * Endpoints whose hints in the server are not what `planService` gives for the same state, as `slice/address`. Those that a policy
 * holds back are as they should be.
 */
export function missingHints(state: SandboxState, settings: Settings): string[] {
  return state.services.flatMap((service) => {
    const { patches, policy } = planOf(service, state, settings);
    if (policy !== undefined && policy.enforcement !== 'Enforce') return [];
    return patches.flatMap(({ namespace, name, patch }) =>
      patch.filter(({ path }) => path.startsWith('/endpoints/')).map(({ path }) => `${namespace}/${name}${path}`),
    );
  });
}

/** One Service that takes part: its endpoints with their hints, and what each node would use. */
export function renderService(service: ServiceManifest, state: SandboxState, settings: Settings, paint: Paint): string {
  const slices = slicesOf(service, state.slices);
  const plan = planOf(service, state, settings);
  const title = `${service.metadata?.namespace ?? ''}/${service.metadata?.name ?? ''}`;
  const endpoints = slices.flatMap((slice) => slice.endpoints ?? []);
  const rows = endpoints.map((endpoint) => [
    endpoint.addresses?.[0] ?? '',
    endpoint.nodeName ?? '',
    endpoint.zone ?? '',
    endpoint.conditions?.ready === false ? 'no' : 'yes',
    describeHints(endpoint) || '-',
  ]);
  return [
    `${paint('bold', title)}  mode ${plan.mode}`,
    ...verdictLines(plan, paint),
    '',
    ...cut(renderTable(['ENDPOINT', 'NODE', 'ZONE', 'READY', 'HINTS'], rows, paint)),
    '',
    ...cut(nodesTable(service, slices, state.nodes, paint)),
  ].join('\n');
}

function planOf(service: ServiceManifest, state: SandboxState, settings: Settings): ServicePlan {
  const { nodes, policies, namespaces, slices } = state;
  return planService({
    ...{ service, nodes, settings, policies, namespaces },
    ...{ slices: slicesOf(service, slices), clientSlices: slices },
  });
}

function verdictLines({ verdicts, warnings, forecast, policy }: ServicePlan, paint: Paint): string[] {
  const held =
    policy === undefined || policy.enforcement === 'Enforce'
      ? []
      : [`  ${paint('yellow', policy.enforcement)}: planned and not written, by ${policy.policies.join(', ')}`];
  const lines = [...verdicts, ...warnings].map(({ type, reason, message, addressType }) => {
    const traffic = forecast.find((entry) => entry.addressType === addressType);
    const words =
      traffic === undefined || traffic.byZone.length === 0
        ? ''
        : ` (${Math.round(traffic.inZoneShare * 100)}% in zone, busiest endpoint ${traffic.worstLoad.toFixed(2)}x)`;
    return `  ${paint(type === 'Normal' ? 'green' : 'yellow', reason)}: ${message}${words}`;
  });
  return [...lines, ...held];
}

function nodesTable(
  service: ServiceManifest,
  slices: readonly EndpointSliceManifest[],
  nodes: readonly NodeManifest[],
  paint: Paint,
): string {
  const rows = nodes.map((node) => [
    node.metadata?.name ?? '',
    node.metadata?.labels?.['topology.kubernetes.io/zone'] ?? '-',
    usableEndpoints({ slices, node, service }).sort().join(', ') || '-',
  ]);
  return renderTable(['NODE', 'ZONE', 'USES'], rows, paint);
}

function cut(table: string): string[] {
  const lines = table
    .trimEnd()
    .split('\n')
    .map((line) => `  ${line}`);
  return lines.length <= MOST_ROWS ? lines : [...lines.slice(0, MOST_ROWS), `  … and ${lines.length - MOST_ROWS} more`];
}
