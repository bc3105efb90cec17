import type { Rule } from '../trial.js';
import { autoByTheRule } from './auto.js';
import {
  orderIsNothing,
  replacedPod,
  splittingIsNothing,
  uncountedNodes,
  unreadyEndpoints,
  zoneNamesAreNothing,
} from './metamorphic.js';
import { balancedWithinTheLimit, demandIsAsStated, figuresOfVerdicts, forecastsAreReplayed } from './numbers.js';
import { fewNames, patchesGiveThePlan, patchesTouchHintsOnly } from './patches.js';
import { usableByTheRule, viewFollowsTheRule } from './proxies.js';
import { deterministic, idempotent, withdrawable } from './purity.js';
import { exactAsClaimed, keysAreFollowed } from './topologyKeys.js';
import { hintedIsTrue, nobodyIsFought, verdictsAreSentences, whole } from './verdicts.js';

export const RULES: readonly Rule[] = [
  deterministic,
  idempotent,
  withdrawable,
  patchesGiveThePlan,
  patchesTouchHintsOnly,
  fewNames,
  verdictsAreSentences,
  nobodyIsFought,
  whole,
  hintedIsTrue,
  usableByTheRule,
  viewFollowsTheRule,
  demandIsAsStated,
  forecastsAreReplayed,
  figuresOfVerdicts,
  balancedWithinTheLimit,
  autoByTheRule,
  keysAreFollowed,
  exactAsClaimed,
  orderIsNothing,
  zoneNamesAreNothing,
  splittingIsNothing,
  uncountedNodes,
  unreadyEndpoints,
  replacedPod,
];
