import { diagnose, type Finding } from '../../operations/diagnosis.js';
import { clusterSurroundings, type ClusterSurroundings } from '../input/clusterSource.js';
import { painter, writeOut, type Io, type Paint, type Style } from '../output/terminal.js';
import type { Command } from '../command.js';
import {
  ACCESS_FLAGS,
  outputFlag,
  readNamespace,
  REQUEST_VERBOSITY_FLAGS,
  SCOPE_FLAGS,
} from '../flags/clusterFlags.js';
import { GUARD_FLAGS, HINT_FLAGS } from '../flags/hintFlags.js';
import { flag } from '../flags/flag.js';
import { oneOf } from '../flags/kinds.js';
import { logRequests } from '../input/requestLog.js';

const { namespace: NAMESPACE_FLAG, 'all-namespaces': ALL_NAMESPACES } = SCOPE_FLAGS;

export const DOCTOR_FLAGS = {
  ...ACCESS_FLAGS,
  namespace: NAMESPACE_FLAG,
  'all-namespaces': ALL_NAMESPACES,
  output: outputFlag(['text', 'json'], 'How findings are shown'),
  'in-tree': flag(oneOf(['present', 'absent', 'auto']), {
    default: 'auto',
    describe: HINT_FLAGS['in-tree'].describe,
    group: 'Hints:',
  }),
  'guard-policy-version': GUARD_FLAGS['guard-policy-version'],
  ...REQUEST_VERBOSITY_FLAGS,
} as const;

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
): Command<typeof DOCTOR_FLAGS> {
  return {
    name: 'doctor',
    describe: 'Look at a cluster and say what stands in the way of hints; changes nothing',
    usage: '$0 doctor\n\nLooks at a cluster without writing, and says what it found. Exits with 1 for a problem.',
    flags: DOCTOR_FLAGS,
    run: async (args) => {
      const { kubeconfig, context, output, v } = args;
      const namespace = readNamespace(args);
      const { clock } = surroundings;
      const connected = await surroundings.connect({ kubeconfig, context, env: io.env });
      const transport = logRequests(connected, v, clock, io.stderr);
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
