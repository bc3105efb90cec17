import type { CommandModule } from 'yargs';
import { diagnose, type Finding } from '../../operations/diagnosis.js';
import type { InTreeChoice } from '../../controller/coexistence/inTreePresence.js';
import { ApiError } from '../../kube/rest/transport.js';
import { clusterSurroundings, type ClusterSurroundings } from '../input/clusterSource.js';
import { painter, writeOut, type Io, type Paint, type Style } from '../output/terminal.js';
import { addClusterFlags } from '../flags/clusterFlags.js';

export interface DoctorArguments {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly namespace: string | undefined;
  readonly output: 'text' | 'json';
  readonly 'in-tree': InTreeChoice;
  readonly 'guard-policy-version': 'v1' | 'v1beta1';
}

const MARKS: Readonly<Record<Finding['level'], { readonly mark: string; readonly style: Style }>> = {
  ok: { mark: '✓', style: 'green' },
  info: { mark: '·', style: 'dim' },
  warning: { mark: '!', style: 'yellow' },
  problem: { mark: '✗', style: 'red' },
};

/** `slicehints doctor`: looks at a cluster, read-only, and says in plain sentences what stands in the way of hints. */
export function doctorCommand(
  io: Io,
  surroundings: ClusterSurroundings = clusterSurroundings('doctor'),
): CommandModule<object, DoctorArguments> {
  return {
    command: 'doctor',
    describe: 'Look at a cluster and say what stands in the way of hints; changes nothing',
    builder: (yargs) =>
      addClusterFlags(yargs)
        .usage('$0 doctor\n\nLooks at a cluster without writing, and says what it found. Exits with 1 for a problem.')
        .option('output', { alias: 'o', choices: ['text', 'json'] as const, default: 'text' as const })
        .option('in-tree', {
          choices: ['present', 'absent', 'auto'] as const,
          default: 'auto' as const,
          describe: 'Whether the cluster runs Kubernetes’ own EndpointSlice controller; auto: look',
        })
        .option('guard-policy-version', {
          choices: ['v1', 'v1beta1'] as const,
          default: 'v1' as const,
          describe: 'Version of MutatingAdmissionPolicy in which to look for the guard',
        }),
    handler: async (args) => {
      const { kubeconfig, context, namespace, output } = args;
      const transport = await surroundings.connect({ kubeconfig, context, env: io.env });
      try {
        const findings = await diagnose({
          transport,
          signal: io.untilSignal(() => undefined),
          policyVersion: args['guard-policy-version'],
          inTree: args['in-tree'],
          nowMs: surroundings.clock.wallMs(),
          ...(namespace === undefined ? {} : { namespace }),
        });
        const text = output === 'json' ? `${JSON.stringify(findings, null, 2)}\n` : render(findings, painter(io));
        await writeOut(io.stdout, text);
        if (findings.some(({ level }) => level === 'problem')) io.setExitCode(1);
      } catch (error) {
        throw error instanceof ApiError ? new Error(`The cluster cannot be looked at: ${error.message}`) : error;
      } finally {
        transport.close();
      }
    },
  };
}

function render(findings: readonly Finding[], paint: Paint): string {
  const lines = findings.flatMap(({ level, message, advice }) => {
    const { mark, style } = MARKS[level];
    const said = `${paint(style, mark)} ${message}`;
    return advice === undefined ? [said] : [said, `  ${paint('dim', '→')} ${advice}`];
  });
  const count = (wanted: Finding['level']): number => findings.filter(({ level }) => level === wanted).length;
  const [problems, warnings] = [count('problem'), count('warning')];
  const plural = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;
  const sum =
    problems + warnings === 0
      ? 'Nothing stands in the way of hints.'
      : `${plural(problems, 'problem')}, ${plural(warnings, 'warning')}.`;
  return `${[...lines, '', sum].join('\n')}\n`;
}
