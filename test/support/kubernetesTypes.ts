import { join } from 'node:path';
import ts from 'typescript';
import type { KubernetesObject } from './chart.js';

/** The release of Kubernetes whose types are asked: the oldest that the chart supports, or the newest. */
export type KubernetesRelease = '1.21' | '1.36';

/** Types of other operators; the same for every release. */
const OPERATORS = new Set(['monitoring.coreos.com', 'cert-manager.io']);

/** Parsed declaration files, shared by all calls: parsing them takes most of the time of a check. */
const declarations = new Map<string, ts.SourceFile | undefined>();

/**
 * The errors of TypeScript when the objects are compiled, as literals, against the types of their kinds: unknown fields,
 * wrong types and missing fields. 1.21: kubernetes-types of that release; 1.36: @kubernetes/client-node.
 * @param groups compiled together, because one compilation of many objects takes hardly longer than that of one
 * @returns for each group one line a mistake, with the object's kind and name; a kind without a type is a mistake too
 */
export function typeMistakes<Group extends string>(
  groups: Readonly<Record<Group, readonly KubernetesObject[]>>,
  release: KubernetesRelease,
): Record<Group, string[]> {
  const folder = join(process.cwd(), 'test/support');
  const mistakes = {} as Record<Group, string[]>;
  const sources = new Map<string, { group: Group; object: KubernetesObject; text: string }>();
  for (const group of Object.keys(groups) as Group[]) {
    mistakes[group] = [];
    for (const object of groups[group]) {
      sources.set(join(folder, `rendered-${sources.size}.ts`), { group, object, text: sourceOf(object, release) });
    }
  }
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    types: ['node'],
  };
  const disk = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...disk,
    readFile: (name) => sources.get(name)?.text ?? disk.readFile(name),
    fileExists: (name) => sources.has(name) || disk.fileExists(name),
    getSourceFile: (name, version, ...rest) => {
      const source = sources.get(name);
      if (source !== undefined) return ts.createSourceFile(name, source.text, version);
      if (!declarations.has(name)) declarations.set(name, disk.getSourceFile(name, version, ...rest));
      return declarations.get(name);
    },
  };
  const program = ts.createProgram([...sources.keys()], options, host);
  for (const { file, messageText } of ts.getPreEmitDiagnostics(program)) {
    const text = ts.flattenDiagnosticMessageText(messageText, ' ');
    const source = sources.get(file?.fileName ?? '');
    if (source === undefined) throw new Error(`${file?.fileName ?? 'the compiler'}: ${text}`);
    const { kind, metadata } = source.object;
    mistakes[source.group].push(`${kind} ${metadata.name}: ${text}`);
  }
  return mistakes;
}

function sourceOf(object: KubernetesObject, release: KubernetesRelease): string {
  const { apiVersion, kind } = object;
  const [version = '', group = ''] = apiVersion.split('/').reverse();
  const literal = JSON.stringify(object, undefined, 1);
  if (OPERATORS.has(group)) {
    return `import type { ${kind} } from './operatorTypes.js';\nexport const object: ${kind} = ${literal};\n`;
  }
  if (release === '1.21') {
    const folder = group === '' ? 'core' : group.replace(/\..*/, '');
    const from = `kubernetes-types/${folder}/${version}`;
    return `import type { ${kind} } from '${from}';\nexport const object: ${kind} = ${literal};\n`;
  }
  const type = `${version.charAt(0).toUpperCase()}${version.slice(1)}${kind}`;
  // client-node writes `from`, a word of JavaScript, as `_from`.
  const renamed = kind === 'NetworkPolicy' ? literal.replaceAll('"from":', '"_from":') : literal;
  return `import type { ${type} } from '@kubernetes/client-node';\nexport const object: ${type} = ${renamed};\n`;
}
