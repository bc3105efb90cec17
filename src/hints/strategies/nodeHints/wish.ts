import { NODE_HINTS_ANNOTATION } from '../../annotations.js';
import { Reason } from '../../reasons.js';
import type { StrategyInput } from '../../strategy.js';
import { verdict, type Verdict } from '../../verdict.js';
import { quoted } from '../../../model/text/quoted.js';

/** With `auto`, names that stand are kept until the cluster has so many times the most nodes. */
const HOLD = 1.25;

export interface NodeHintsWish {
  /** Whether nodes are to be named. */
  readonly wanted: boolean;
  readonly warning?: Verdict;
}

const NO: NodeHintsWish = Object.freeze({ wanted: false });
const YES: NodeHintsWish = Object.freeze({ wanted: true });

/** Whether the endpoints of a Balanced Service are to name nodes: by its annotation, else by the setting. */
export function nodeHintsWish(input: StrategyInput): NodeHintsWish {
  const { service, settings, addressType } = input;
  const text = service.annotations[NODE_HINTS_ANNOTATION];
  if (text === undefined) return bySetting(input) ? YES : NO;
  if (text === 'false') return NO;
  if (text === 'true') {
    if (settings.nodeHints === 'stored') return canBeRead(input) ? YES : NO;
    const sentence = `Annotation ${NODE_HINTS_ANNOTATION} has no effect: this API server does not store node hints (Kubernetes before 1.34), so that zone hints alone are set`;
    return { wanted: false, warning: warn(Reason.NodeHintsNotStored, sentence, addressType) };
  }
  // What is not understood takes away nothing that stands.
  const wanted = hasNames(input) ? canBeRead(input) : bySetting(input);
  const instead = hasNames(input) ? 'node hints stay' : `the setting ${String(settings.useNodeHints)} is used`;
  const sentence = `Annotation ${NODE_HINTS_ANNOTATION} must be true or false but is ${quoted(text)}, so ${instead} until it is corrected`;
  return { wanted, warning: warn(Reason.InvalidNodeHints, sentence, addressType) };
}

function bySetting(input: StrategyInput): boolean {
  const { settings, cluster, reading } = input;
  const { useNodeHints, nodeHintsMaxNodes } = settings;
  if (useNodeHints !== 'auto') return useNodeHints && canBeRead(input);
  if (settings.nodeHints !== 'stored') return false;
  const { length } = cluster.nodes;
  if (reading.uniform === 'all' && length <= nodeHintsMaxNodes) return true;
  // A few nodes more, or one with an older kubelet, must not rewrite all Services.
  return length <= nodeHintsMaxNodes * HOLD && canBeRead(input) && hasNames(input);
}

/** Whether any node heeds node hints, and the API server stores them. */
function canBeRead({ reading: { uniform, byConsumer }, settings }: StrategyInput): boolean {
  if (settings.nodeHints !== 'stored') return false;
  return uniform === undefined ? [...byConsumer.values()].includes('all') : uniform === 'all';
}

function hasNames({ endpoints }: StrategyInput): boolean {
  return endpoints.some(({ hints }) => (hints?.forNodes?.length ?? 0) > 0);
}

function warn(reason: Reason, sentence: string, addressType: string): Verdict {
  return verdict({ addressType, hinted: true, type: 'Warning', reason, sentence });
}
