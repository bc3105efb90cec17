import type { HintSettings } from '../../controller/coexistence/coexistence.js';
import { readFiles, readNamespace } from './clusterFlags.js';
import { readHintSettings } from './hintFlags.js';

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
