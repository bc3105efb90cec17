import { objectKey, parseObjectKey } from '../../model/objectKey.js';
import { readService } from '../../model/service.js';
import { UsageError } from '../flags/usageError.js';
import type { ClusterManifests } from '../input/manifests.js';

/**
 * Checks that a Service that a command is asked for is among those read.
 * @param wanted `namespace/name`
 * @param flag what the message begins with
 * @throws {UsageError} naming Services of the same name elsewhere
 */
export function requireService(wanted: string, { services }: ClusterManifests, flag = '--service: '): void {
  const keys = services.map(({ object }) => objectKey(readService(object))).sort();
  if (keys.includes(wanted)) return;
  const { name } = parseObjectKey(wanted);
  const elsewhere = keys.filter((key) => parseObjectKey(key).name === name);
  const hint = elsewhere.length > 0 ? `; there is ${elsewhere.slice(0, 3).join(', ')}` : '';
  throw new UsageError(`${flag}there is no Service ${wanted} among the ${keys.length} given${hint}`);
}
