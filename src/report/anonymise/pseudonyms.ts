import type { ClusterObjects } from '../../analysis/planCluster.js';
import { DEMAND_ANNOTATION } from '../../hints/annotations.js';
import { IN_TREE_MANAGER, MIRRORING_MANAGER } from '../../hints/ownership.js';
import { PLACEHOLDER } from '../../model/hints.js';
import { POOL_LABELS } from '../../hints/strategies/topologyKeys/selection.js';
import { zonesOf } from '../../measured/figures.js';
import { CONTROL_PLANE_LABELS, OS_LABEL, ZONE_LABEL } from '../../model/node.js';
import { compareText, objectKey, parseObjectKey } from '../../model/objectKey.js';
import { readService } from '../../model/service.js';
import { FIELD_MANAGER, MANAGED_BY_LABEL, SERVICE_NAME_LABEL } from '../../model/slice.js';
import { SELECTED_LABEL } from '../neededNodes.js';
import { addressPseudonyms } from './addressPseudonyms.js';
import { clientsOf, demandZonesOf, topologyLabelsOf } from './annotationNames.js';

/** What `numbered` gives a zone that the cluster does not have. */
export const OTHER_ZONE = 'zone-other';

/** Gives a name its pseudonym, always the same; the empty name stays empty. */
export type Rename = (name: string) => string;

/** The pseudonyms of one cluster, by what they stand for. */
export interface Pseudonyms {
  readonly namespace: Rename;
  readonly service: Rename;
  readonly slice: Rename;
  readonly policy: Rename;
  readonly node: Rename;
  readonly zone: Rename;
  readonly address: Rename;
  readonly port: Rename;
  /** Keys of node labels that topology keys name. */
  readonly label: Rename;
  readonly labelValue: Rename;
  /** Controllers by the label `managed-by`, and writers by `managedFields`. */
  readonly manager: Rename;
}

/** Labels of Kubernetes itself, which reveal nothing. */
const PUBLIC_LABELS: readonly string[] = [
  ZONE_LABEL,
  OS_LABEL,
  SELECTED_LABEL,
  ...CONTROL_PLANE_LABELS,
  ...POOL_LABELS,
  'kubernetes.io/hostname',
  'topology.kubernetes.io/region',
];
/** Hints have it where they name no zone or node: it has a meaning of its own. */
const NOBODY: readonly string[] = [PLACEHOLDER];
const PUBLIC_MANAGERS: readonly string[] = [
  IN_TREE_MANAGER,
  MIRRORING_MANAGER,
  FIELD_MANAGER,
  'kube-controller-manager',
];

/**
 * Numbers the names of a cluster in their order: plans break ties by that order, so that the figures stay what they are.
 * The same cluster gets the same pseudonyms; where names come or go, the numbers after them shift.
 * @param objects with needed fields only
 */
export function pseudonymsOf(objects: ClusterObjects): Pseudonyms {
  const slices = [...objects.endpointSlices, ...(objects.clientSlices ?? [])];
  const endpoints = slices.flatMap((slice) => slice.endpoints ?? []);
  const services = objects.services.map(readService);
  const clients = services.flatMap((service) => clientsOf(service).map(({ key }) => parseObjectKey(key)));
  const labels = objects.nodes.flatMap(({ metadata }) => Object.entries(metadata?.labels ?? {}));
  const own = new Set(endpoints.map(({ addresses: all }) => all?.[0] ?? ''));
  own.delete('');
  const addresses = addressPseudonyms([...own]);
  const hinted = (kind: 'forZones' | 'forNodes'): string[] =>
    endpoints.flatMap(({ hints }) => (hints?.[kind] ?? []).map(({ name }) => name));
  return {
    namespace: numbered('namespace', [
      ...services.map(({ namespace }) => namespace),
      ...slices.map(({ metadata }) => metadata?.namespace ?? ''),
      ...clients.map(({ namespace }) => namespace),
      ...(objects.policies ?? []).map(({ metadata }) => metadata?.namespace ?? ''),
    ]),
    service: numbered('service', [
      ...services.map(({ name }) => name),
      ...slices.map(({ metadata }) => metadata?.labels?.[SERVICE_NAME_LABEL] ?? ''),
      ...clients.map(({ name }) => name),
    ]),
    slice: numbered(
      'slice',
      slices.map(({ metadata }) => metadata?.name ?? ''),
    ),
    policy: numbered(
      'policy',
      (objects.policies ?? []).map(({ metadata }) => metadata?.name ?? ''),
    ),
    node: numbered(
      'node',
      [
        ...objects.nodes.map(({ metadata }) => metadata?.name ?? ''),
        ...endpoints.map(({ nodeName }) => nodeName ?? ''),
        ...hinted('forNodes'),
      ],
      NOBODY,
    ),
    zone: numbered(
      'zone',
      [
        ...labels.filter(([key]) => key === ZONE_LABEL).map(([, value]) => value),
        ...endpoints.map(({ zone }) => zone ?? ''),
        ...hinted('forZones'),
        ...services.flatMap(demandZonesOf),
        ...(objects.measured?.services ?? []).flatMap(zonesOf),
        ...(objects.policies ?? []).flatMap(({ spec }) => [
          ...demandZonesOf({ namespace: '', annotations: { [DEMAND_ANNOTATION]: spec?.defaults?.demand ?? '' } }),
          ...Object.entries(spec?.defaults?.zoneCosts ?? {}).flatMap(([from, row]) => [from, ...Object.keys(row)]),
        ]),
      ],
      NOBODY,
    ),
    address: (address) => (address === '' ? '' : (addresses.get(address) ?? 'address-other')),
    port: numbered(
      'port',
      slices.flatMap(({ ports }) => (ports ?? []).map(({ name }) => name ?? '')),
    ),
    label: numbered(
      'example.com/label',
      [...labels.map(([key]) => key), ...services.flatMap(topologyLabelsOf)],
      PUBLIC_LABELS,
    ),
    labelValue: numbered(
      'value',
      labels.map(([, value]) => value),
    ),
    manager: numbered(
      'manager',
      slices.flatMap(({ metadata }) => [
        metadata?.labels?.[MANAGED_BY_LABEL] ?? '',
        ...(metadata?.managedFields ?? []).map(({ manager }) => manager ?? ''),
      ]),
      PUBLIC_MANAGERS,
    ),
  };
}

/** @param known names that stay */
function numbered(word: string, names: readonly string[], known: readonly string[] = []): Rename {
  const sorted = [...new Set(names)].filter((name) => name !== '' && !known.includes(name)).sort(compareText);
  const digits = String(sorted.length).length;
  const pseudonyms = new Map(sorted.map((name, i) => [name, `${word}-${String(i + 1).padStart(digits, '0')}`]));
  // A name that a flag brings along, and the cluster does not have, must not go through.
  return (name) => (name === '' || known.includes(name) ? name : (pseudonyms.get(name) ?? `${word}-other`));
}

/** The pseudonym of a Service's `namespace/name`. */
export function serviceKeyPseudonym(key: string, names: Pick<Pseudonyms, 'namespace' | 'service'>): string {
  const { namespace, name } = parseObjectKey(key);
  return objectKey({ namespace: names.namespace(namespace), name: names.service(name) });
}
