import type { Command } from '../command.js';
import { summary } from './words.js';

/** The same for fish. */
export function fishCompletion(commands: readonly Command[]): string {
  const lines = commands.flatMap(({ name, describe, flags, operandValues = [] }) => [
    `complete -c slicehints -n __fish_use_subcommand -a ${name} -d ${quote(summary(describe))}`,
    `complete -c slicehints -n '__fish_seen_subcommand_from help' -a ${name}`,
    ...Object.entries(flags).map(([flag, { kind, short, describe: text }]) => {
      const spelled = short === undefined || short === flag ? `-l ${flag}` : `-l ${flag} -s ${short}`;
      const value =
        kind.bare !== undefined
          ? ''
          : kind.isPath === true
            ? ' -r -F'
            : kind.values === undefined
              ? ' -x'
              : ` -x -a ${quote(kind.values.join(' '))}`;
      return `complete -c slicehints -n '__fish_seen_subcommand_from ${name}' ${spelled}${value} -d ${quote(summary(text))}`;
    }),
    `complete -c slicehints -n '__fish_seen_subcommand_from ${name}' -l help -s h -d 'Show help'`,
    ...(operandValues.length === 0
      ? []
      : [`complete -c slicehints -n '__fish_seen_subcommand_from ${name}' -a ${quote(operandValues.join(' '))}`]),
  ]);
  return `# fish completion for slicehints: slicehints completion fish | source
complete -c slicehints -f
complete -c slicehints -n __fish_use_subcommand -a help -d 'Show the help of a command'
complete -c slicehints -n __fish_use_subcommand -l help -s h -d 'Show help'
complete -c slicehints -n __fish_use_subcommand -l version -d 'Show the version'
${lines.join('\n')}
`;
}

function quote(text: string): string {
  return `'${text.replaceAll(/['\\]/g, '\\$&')}'`;
}
