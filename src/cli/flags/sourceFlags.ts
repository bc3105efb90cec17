import type { HintSettings } from '../../controller/coexistence/coexistence.js';
import { ACCESS_FLAGS, FILENAME_FLAGS, readFiles, readNamespace, SCOPE_FLAGS } from './clusterFlags.js';
import { GUARD_FLAGS, HINT_FLAGS, readHintSettings } from './hintFlags.js';

/** What commands read that show decisions and write nothing: manifests or a live cluster, and which Services of it. */
export const SOURCE_FLAGS = { ...FILENAME_FLAGS, ...ACCESS_FLAGS, ...SCOPE_FLAGS } as const;

/** With which settings these commands plan. */
export const PLANNING_FLAGS = { ...HINT_FLAGS, ...GUARD_FLAGS } as const;

/**
 * What a command reads, and with which settings it plans, from its flags.
 * @throws {UsageError} where flags contradict each other
 */
export function readSource<T extends Parameters<typeof readFiles>[0] & ScopeArguments & HintArguments>(
  args: T,
): T & { readonly files: readonly string[]; readonly namespace: string | undefined; readonly hints: HintSettings } {
  return { ...args, files: readFiles(args), namespace: readNamespace(args), hints: readHintSettings(args) };
}

type ScopeArguments = Parameters<typeof readNamespace>[0];
type HintArguments = Parameters<typeof readHintSettings>[0];
