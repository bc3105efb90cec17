import { sentenceOf, type Verdict } from '../hints/verdict.js';
import { compareText, objectKey } from '../model/objectKey.js';
import type { PlannedService } from './planCluster.js';
import { causeOf, WITHOUT_VERDICT, type Cause, type CauseFacts } from './waysOut.js';

/** Services that have, or lack, hints for the same cause. */
export interface PlanGroup {
  /** `Cause.id`; stable. */
  readonly cause: string;
  /** The reason of their verdicts or warnings; empty where Services have no verdict. */
  readonly reason: string;
  /** `outcome`: what a Service comes to, each Service once. `warning`: what else is to be said of it. */
  readonly kind: 'outcome' | 'warning';
  readonly type: Verdict['type'];
  readonly hinted: boolean;
  /** What follows the number of Services, e.g. `need the guard`. */
  readonly phrase: string;
  /** One sentence on what to do; absent where all is well. */
  readonly wayOut?: string;
  /** `namespace/name`, in the order of the plan. */
  readonly services: readonly string[];
  /** The different sentences of these Services, without the address type; the first ones. */
  readonly sentences: readonly string[];
}

const MOST_SENTENCES = 100;

interface Collected {
  readonly cause: Cause;
  readonly reason: string;
  readonly kind: PlanGroup['kind'];
  readonly type: Verdict['type'];
  readonly hinted: boolean;
  readonly services: string[];
  readonly sentences: Set<string>;
}

/** Groups the Services that ask for hints by what comes of it, most first; outcomes before warnings. */
export function groupPlan(services: readonly PlannedService[], facts: CauseFacts): readonly PlanGroup[] {
  const groups = new Map<string, Collected>();
  const add = (
    kind: PlanGroup['kind'],
    key: string,
    cause: Cause,
    verdict: Pick<Verdict, 'reason' | 'hinted' | 'type'> | undefined,
    sentence: string,
  ): void => {
    const hinted = verdict?.hinted === true;
    const id = `${kind} ${cause.id} ${hinted}`;
    const group = groups.get(id) ?? {
      cause,
      reason: verdict?.reason ?? '',
      kind,
      type: verdict?.type ?? 'Normal',
      hinted,
      services: [],
      sentences: new Set(),
    };
    groups.set(id, group);
    if (group.services.at(-1) !== key) group.services.push(key);
    if (sentence !== '' && group.sentences.size < MOST_SENTENCES) group.sentences.add(sentence);
  };
  for (const service of services) {
    const { plan } = service;
    const key = objectKey(service);
    for (const warning of plan.warnings) {
      const sentence = sentenceOf(warning);
      add('warning', key, causeOf(warning.reason, sentence, facts), warning, sentence);
    }
    if (plan.mode === 'off') continue;
    const verdict = outcomeOf(plan.verdicts);
    if (verdict === undefined) {
      add('outcome', key, WITHOUT_VERDICT[plan.slices.length === 0 ? 'withoutSlices' : 'inTree'], undefined, '');
    } else {
      const sentence = sentenceOf(verdict);
      add('outcome', key, causeOf(verdict.reason, sentence, facts), verdict, sentence);
    }
  }
  return [...groups.values()]
    .sort(
      (a, b) =>
        compareText(a.kind, b.kind) ||
        b.services.length - a.services.length ||
        compareText(a.cause.id, b.cause.id) ||
        Number(b.hinted) - Number(a.hinted),
    )
    .map(({ cause: { id, phrase, wayOut }, sentences, ...group }) => ({
      ...group,
      cause: id,
      phrase: phrase(facts, group.services.length),
      ...(wayOut === undefined ? {} : { wayOut }),
      sentences: [...sentences],
    }));
}

/** The verdict that tells most of a Service with several address types: the worst, but hints before their absence. */
export function outcomeOf(verdicts: readonly Verdict[]): Verdict | undefined {
  const rank = ({ type, hinted }: Verdict): number => (type === 'Warning' ? (hinted ? 2 : 3) : hinted ? 1 : 0);
  let worst: Verdict | undefined;
  for (const verdict of verdicts) if (worst === undefined || rank(verdict) > rank(worst)) worst = verdict;
  return worst;
}
