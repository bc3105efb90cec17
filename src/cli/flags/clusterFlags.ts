import type { Argv } from 'yargs';
import type { DoctorArguments } from '../commands/doctor.js';

/** The flags of every command that works on one live cluster. */
export function addClusterFlags<T>(
  yargs: Argv<T>,
): Argv<T & Pick<DoctorArguments, 'kubeconfig' | 'context' | 'namespace'>> {
  return yargs
    .option('kubeconfig', {
      type: 'string',
      describe: 'Path of a kubeconfig; by default in-cluster credentials, else $KUBECONFIG or ~/.kube/config',
    })
    .option('context', { type: 'string', describe: 'Context of the kubeconfig' })
    .option('namespace', { alias: 'n', type: 'string', describe: 'Only this namespace; by default all' });
}
