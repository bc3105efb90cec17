import type { Command } from '../command.js';
import type { Flag } from '../flags/flag.js';
import { spellingsOf, summary } from './words.js';

/** The same for zsh; every completion shows what it means. */
export function zshCompletion(commands: readonly Command[]): string {
  const names = commands.map(({ name, describe }) => `    '${name}:${escaped(summary(describe))}'`);
  const cases = commands.map((command) => {
    const { name, flags, operandValues = [] } = command;
    const specs = [
      ...Object.entries(flags).map(([flag, one]) => specOf(flag, one)),
      `'(- *)'{-h,--help}'[Show help]'`,
      ...(operandValues.length === 0 ? [] : [`'1:value:(${operandValues.join(' ')})'`]),
    ];
    return `    ${name})\n      _arguments ${specs.join(' \\\n        ')} ;;`;
  });
  return `#compdef slicehints
# zsh completion for slicehints: slicehints completion zsh > "\${fpath[1]}/_slicehints", or source <(slicehints completion zsh)
_slicehints() {
  local -a commands=(
${names.join('\n')}
    'help:Show the help of a command'
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command="\${words[2]}"
  shift words
  (( CURRENT-- ))
  case "$command" in
    help) _describe command commands ;;
${cases.join('\n')}
  esac
}
compdef _slicehints slicehints
`;
}

function specOf(name: string, one: Flag<unknown>): string {
  const { kind, repeatable, describe } = one;
  const [long = '', short] = spellingsOf(name, one);
  const takesValue = kind.bare === undefined;
  const action = kind.isPath === true ? '_files' : kind.values === undefined ? ' ' : `(${kind.values.join(' ')})`;
  const value = takesValue ? `:value:${action}` : '';
  const text = `'[${escaped(summary(describe))}]${value}'`;
  const spelled = takesValue ? `${long}=` : long;
  if (repeatable) return short === undefined ? `'*'${spelled}${text}` : `'*'{${short},${spelled}}${text}`;
  return short === undefined ? `${spelled}${text}` : `'(${short} ${long})'{${short},${spelled}}${text}`;
}

/** Inside single quotes and brackets. */
function escaped(text: string): string {
  return text.replaceAll(/[[\]:\\]/g, '\\$&').replaceAll("'", "'\\''");
}
