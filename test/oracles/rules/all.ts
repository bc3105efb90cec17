import type { Rule } from '../trial.js';
import { splittingIsNothing, uncountedNodes, zoneNamesAreNothing } from './metamorphic.js';
import { fewNames, patchesGiveThePlan, patchesTouchHintsOnly } from './patches.js';
import { viewFollowsTheRule } from './proxies.js';
import { deterministic, idempotent, withdrawable } from './purity.js';
import { exactAsClaimed } from './topologyKeys.js';
import { nobodyIsFought, verdictsAreSentences } from './verdicts.js';

export const RULES: readonly Rule[] = [
  deterministic,
  idempotent,
  withdrawable,
  patchesGiveThePlan,
  patchesTouchHintsOnly,
  fewNames,
  verdictsAreSentences,
  nobodyIsFought,
  viewFollowsTheRule,
  exactAsClaimed,
  zoneNamesAreNothing,
  splittingIsNothing,
  uncountedNodes,
];
