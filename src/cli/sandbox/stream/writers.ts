import { foreignWriter } from '../../../sandbox/faults/foreignWriter.js';
import { KUBE_CONTROLLER_MANAGER } from '../../../sandbox/inTree/controller.js';
import type { WriteRequest } from '../../../sandbox/storage/writes.js';
import { DEPLOYMENT_MODEL } from '../../../sandbox/workload/deployment.js';
import { KUBELET } from '../../../sandbox/workload/termination.js';
import { FIELD_MANAGER } from '../../../model/slice.js';

const LONGEST_NAME = 24;

const names: ReadonlyMap<string, string> = new Map([
  [FIELD_MANAGER, 'slicehints'],
  [KUBE_CONTROLLER_MANAGER, 'in-tree'],
  [DEPLOYMENT_MODEL.fieldManager, 'Deployment model'],
  [KUBELET.fieldManager, 'kubelet'],
  [foreignWriter, 'fault'],
]);

/** Who made a write, by its field manager or else by its user agent: `kubectl`, `in-tree`, `slicehints`, … */
export function writerOf({ fieldManager, userAgent }: Pick<WriteRequest, 'fieldManager' | 'userAgent'>): string {
  const agent = userAgent.split('/')[0] ?? '';
  const name = fieldManager === '' ? agent : fieldManager;
  if (name.startsWith('kubectl') || agent === 'kubectl') return 'kubectl';
  return names.get(name) ?? names.get(agent) ?? (name === '' ? 'unknown' : name.slice(0, LONGEST_NAME));
}
