import type { HintSettings } from '../../controller/coexistence/coexistence.js';
import { NODE_CONSUMERS } from '../../model/node.js';
import { readZoneCidrs, type ZoneCidr } from '../../model/zones/zoneCidrs.js';
import { DEFAULT_SETTINGS, MAX_OVERLOAD } from '../../hints/settings.js';
import { flag, list, type FlagValues } from './flag.js';
import { BOOLEAN_OR_AUTO, LABEL_VALUES, number, oneOf, SERVICE_KEY } from './kinds.js';
import { LABEL_SELECTOR } from './selector.js';
import { UsageError } from './usageError.js';
import { ZONE_CIDRS, ZONE_COSTS_FILE } from './zoneFlags.js';

/**
 * The flags that decide which hints a Service gets. The controller and every command that shows its decisions have them
 * all, so that a command with the controller's flags shows what that controller does.
 */
export const HINT_FLAGS = {
  'auto-strategy': flag(oneOf(['proportional', 'balanced']), {
    default: DEFAULT_SETTINGS.autoStrategy,
    describe: 'What serves Services that say Auto',
    group: 'Hints:',
  }),
  'overload-threshold': flag(number({ low: 0, high: MAX_OVERLOAD }), {
    default: String(DEFAULT_SETTINGS.overloadThreshold),
    describe: 'Balanced: how far above the mean the busiest endpoint may be loaded (0 to 10)',
    group: 'Hints:',
  }),
  'rebalance-gain': flag(number({ low: 0, high: 1 }), {
    default: String(DEFAULT_SETTINGS.rebalanceGain),
    describe: 'Balanced: in-zone share that a move must gain (0 to 1)',
    group: 'Hints:',
  }),
  'overload-hold': flag(number({ low: 0, high: 1 }), {
    default: String(DEFAULT_SETTINGS.overloadHold),
    describe: 'Balanced: how far above its limit the busiest endpoint of hints that stand may be loaded (0 to 1)',
    group: 'Hints:',
  }),
  demand: flag(oneOf(['cpu', 'nodes', 'endpoints', 'equal', 'measured']), {
    default: DEFAULT_SETTINGS.demand,
    describe:
      'Where traffic comes from, unless a Service states it: CPU of nodes by zone, their number, where pods run, every zone alike, or what slicehints observe measured',
    group: 'Hints:',
  }),
  'measured-factor': flag(number({ low: 1, high: 1000 }), {
    default: String(DEFAULT_SETTINGS.measuredFactor),
    describe: 'By which factor a measured share of a zone may differ from the one expected without a measurement',
    group: 'Hints:',
  }),
  'measured-configmap': flag(SERVICE_KEY, {
    describe: 'The ConfigMap that slicehints observe writes, as namespace/name; by default nothing is measured',
    group: 'Hints:',
  }),
  'node-hints': flag(BOOLEAN_OR_AUTO, {
    default: String(DEFAULT_SETTINGS.useNodeHints),
    describe:
      'Balanced: name nodes beside zones, so that more traffic stays in zone; auto: where every node heeds node hints',
    group: 'Hints:',
  }),
  'node-hints-max-nodes': flag(number({ low: 0, whole: true }), {
    default: String(DEFAULT_SETTINGS.nodeHintsMaxNodes),
    describe: 'Balanced: the most nodes that a cluster may have for --node-hints=auto',
    group: 'Hints:',
  }),
  'in-tree': flag(oneOf(['present', 'absent', 'auto']), {
    default: DEFAULT_SETTINGS.inTree,
    describe: 'Whether the cluster runs Kubernetes’ own EndpointSlice controller; auto: detect it',
    group: 'Hints:',
  }),
  consumer: flag(oneOf(['auto', ...NODE_CONSUMERS]), {
    default: 'auto',
    describe:
      'What reads hints on the nodes; auto: as each Node object tells by operating system, kubelet and network add-on',
    group: 'Hints:',
  }),
  'node-selector': flag(LABEL_SELECTOR, {
    describe: 'Only nodes with these labels count for the demand, as in pool=web; by default all do',
    group: 'Hints:',
  }),
  'zone-costs': flag(ZONE_COSTS_FILE, {
    describe:
      'A file of YAML or JSON with what traffic costs from zone to zone; zones of the same region go before those that cost less',
    group: 'Hints:',
  }),
  'zone-cidrs': list(ZONE_CIDRS, {
    describe: 'Zones of endpoints without zone and node by address, such as 10.1.0.0/16=zone-a,fd00::/8=zone-b',
    group: 'Hints:',
  }),
  'managed-by': list(LABEL_VALUES, {
    describe: 'Write only slices with this managed-by label',
    group: 'Hints:',
  }),
  'ignore-managed-by': list(LABEL_VALUES, {
    describe: 'Never write slices with this managed-by label',
    group: 'Hints:',
  }),
} as const;

/** For commands that do not write: whether to plan as if the guard were in force. */
export const GUARD_FLAGS = {
  guard: flag(BOOLEAN_OR_AUTO, {
    default: 'auto',
    describe: 'Plan as if the guard were in force (true) or not (false); auto: as in the live cluster, false for files',
    group: 'Hints:',
  }),
  'guard-policy-version': flag(oneOf(['v1', 'v1beta1']), {
    default: 'v1',
    describe: 'Version of MutatingAdmissionPolicy in which the guard is detected',
    group: 'Hints:',
  }),
} as const;

export type HintFlags = FlagValues<typeof HINT_FLAGS>;

/** @throws {UsageError} for a network that has two zones */
export function readHintSettings(flags: HintFlags): HintSettings {
  return {
    overloadThreshold: flags['overload-threshold'],
    rebalanceGain: flags['rebalance-gain'],
    overloadHold: flags['overload-hold'],
    demand: flags.demand,
    measuredFactor: flags['measured-factor'],
    useNodeHints: flags['node-hints'],
    nodeHintsMaxNodes: flags['node-hints-max-nodes'],
    autoStrategy: flags['auto-strategy'],
    inTree: flags['in-tree'],
    consumer: flags.consumer === 'auto' ? undefined : flags.consumer,
    nodeSelector: flags['node-selector'],
    zoneCosts: flags['zone-costs'],
    zoneCidrs: readCidrs(flags['zone-cidrs']?.flat()),
    managedBy: flags['managed-by']?.flat(),
    ignoreManagedBy: flags['ignore-managed-by']?.flat(),
  };
}

/** Each flag was read by itself, and may name a network of another one. */
function readCidrs(cidrs: readonly ZoneCidr[] | undefined): readonly ZoneCidr[] | undefined {
  if (cidrs === undefined) return undefined;
  const read = readZoneCidrs(cidrs);
  if ('problem' in read) throw new UsageError(`--zone-cidrs: ${read.problem}`);
  return read.cidrs;
}
