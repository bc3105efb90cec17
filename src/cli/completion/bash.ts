import type { Command } from '../command.js';
import { allWords, spellingsOf } from './words.js';

/** A script for bash 4 or later that completes commands, flags and the values of flags that have few. */
export function bashCompletion(commands: readonly Command[]): string {
  const values = commands.flatMap(({ name, flags }) => [
    ...Object.entries(flags).flatMap(([flag, one]) => {
      const { values: known, isPath = false, bare } = one.kind;
      // A boolean takes a value behind = only.
      if (bare !== undefined || (known === undefined && !isPath)) return [];
      const patterns = spellingsOf(flag, one).map((spelling) => `'${name} ${spelling}'`);
      const words = isPath ? 'compgen -f -- "$cur"' : `compgen -W '${(known ?? []).join(' ')}' -- "$cur"`;
      return [`    ${patterns.join('|')}) mapfile -t COMPREPLY < <(${words}); return ;;`];
    }),
  ]);
  const flags = commands.map((command) => {
    const words = allWords(command).join(' ');
    return `    ${command.name}) mapfile -t COMPREPLY < <(compgen -W '${words}' -- "$cur") ;;`;
  });
  const names = commands.map(({ name }) => name).join(' ');
  return `# bash completion for slicehints: source <(slicehints completion bash)
_slicehints() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" command='' i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ "\${COMP_WORDS[i]}" != -* ]]; then command="\${COMP_WORDS[i]}"; break; fi
  done
  # --flag=value is three words.
  if [[ "$cur" == '=' ]]; then cur=''; elif [[ "$prev" == '=' ]]; then prev="\${COMP_WORDS[COMP_CWORD-2]}"; fi
  case "$command $prev" in
${values.join('\n')}
  esac
  case "$command" in
    '') mapfile -t COMPREPLY < <(compgen -W '${names} help --help --version' -- "$cur") ;;
    help) mapfile -t COMPREPLY < <(compgen -W '${names}' -- "$cur") ;;
${flags.join('\n')}
  esac
}
complete -o default -F _slicehints slicehints
`;
}
