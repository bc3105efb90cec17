import { unsteeredTraffic, type UnsteeredTraffic } from '../kubeproxy/steering.js';
import type { ServiceRecord } from '../model/service.js';
import { unknownAnnotations } from './annotations.js';
import { parseDemand } from './demand/annotation.js';
import { chooseMode, isInTreeAuto, type ModeChoice } from './mode.js';
import { Reason } from './reasons.js';
import { parseTopologyKeys, type TopologyKeys } from './strategies/topologyKeys/annotation.js';
import { verdict, type Verdict } from './verdict.js';

/** What a Service requests and is: all that a plan reads from its record, parsed once. */
export interface ServiceRequest {
  readonly choice: ModeChoice;
  /** Annotations that were not understood, whatever the slices. */
  readonly warnings: readonly Verdict[];
  /** Traffic that hints do not steer. */
  readonly unsteered: UnsteeredTraffic | undefined;
  /** Kubernetes' own controller writes hints by its rule of Auto for this Service. */
  readonly inTreeAuto: boolean;
  /** Where its traffic comes from; undefined in mode `off` too. */
  readonly demand: ReturnType<typeof parseDemand>;
  /** In mode `topology-keys`; no keys, and so no constraint, in other modes and where they are not understood. */
  readonly keys: TopologyKeys;
  /** One sentence on keys that are not understood. */
  readonly keysProblem: string | undefined;
}

const NO_KEYS: TopologyKeys = Object.freeze({ keys: [], strict: false });

export function readRequest(service: ServiceRecord): ServiceRequest {
  const choice = chooseMode(service);
  const warnings: Verdict[] = [];
  if (choice.problem !== undefined) {
    warnings.push(
      verdict({
        addressType: '',
        hinted: false,
        type: 'Warning',
        reason: Reason.InvalidAnnotation,
        sentence: choice.problem,
      }),
    );
  }
  for (const sentence of service.policy?.limited ?? []) {
    warnings.push(verdict({ addressType: '', hinted: false, type: 'Warning', reason: Reason.PolicyLimited, sentence }));
  }
  const unknown = unknownAnnotations(service);
  if (unknown !== undefined) warnings.push(unknown);
  const keys = choice.mode === 'topology-keys' ? parseTopologyKeys(service) : undefined;
  const problem = keys !== undefined && 'error' in keys ? keys.error : undefined;
  return {
    choice,
    warnings,
    unsteered: unsteeredTraffic(service),
    inTreeAuto: isInTreeAuto(service),
    demand: choice.mode === 'off' ? undefined : parseDemand(service),
    keys: keys === undefined || 'error' in keys ? NO_KEYS : keys,
    keysProblem: problem,
  };
}
