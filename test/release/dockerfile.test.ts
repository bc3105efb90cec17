import { describe, expect, test } from 'vitest';
import { DockerfileParser, type Copy, type From, type Instruction } from 'dockerfile-ast';
import { existsSync, readFileSync } from 'node:fs';

const dockerfile = DockerfileParser.parse(readFileSync('Dockerfile', 'utf8'));
const ignored = readFileSync('.dockerignore', 'utf8').split('\n');
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };

const named = (name: string): Instruction[] =>
  dockerfile.getInstructions().filter((instruction) => instruction.getKeyword() === name);
const words = (instruction: Instruction): string[] => instruction.getArguments().map((word) => word.getValue());
const last = (name: string): string => named(name).at(-1)?.getArgumentsContent() ?? '';

describe('the Dockerfile', () => {
  test('builds in one stage and runs in another, on distroless, by the same Node.js on both sides', () => {
    const images = named('ARG')
      .flatMap(words)
      .filter((word) => word.includes('_IMAGE='));
    expect(images).toEqual([
      'NODE_IMAGE=node:26-bookworm-slim',
      'RUNTIME_IMAGE=gcr.io/distroless/nodejs26-debian13:nonroot',
    ]);
    expect((named('FROM') as From[]).map((from) => from.getImage())).toEqual(['${NODE_IMAGE}', '${RUNTIME_IMAGE}']);
  });

  test('runs as a user by number, whom Kubernetes can tell from root', () => {
    expect(last('USER')).toBe('65532:65532');
  });

  test('starts Node itself, without a shell, on the file that the chart’s arguments go to', () => {
    expect(JSON.parse(last('ENTRYPOINT'))).toEqual(['/nodejs/bin/node', '/app/main.js']);
    expect(last('WORKDIR')).toBe('/app');
    expect(last('ENV')).toBe('NODE_ENV=production');
  });

  test('copies only what there is and what .dockerignore lets through', () => {
    const sources = (named('COPY') as Copy[])
      .filter((copy) => !copy.getFlags().some((flag) => flag.getName() === 'from'))
      .flatMap((copy) => words(copy).slice(0, -1));
    expect(sources).toEqual([
      'package.json',
      'package-lock.json',
      'scripts',
      'charts/slicehints/files',
      'src',
      'LICENSE',
    ]);
    for (const source of sources) {
      expect(existsSync(source)).toBe(true);
      expect(ignored).toContain(`!${source}`);
    }
  });

  test('calls scripts of package.json that there are', () => {
    const called = named('RUN').flatMap((run) => /npm run (\S+)/.exec(run.getArgumentsContent() ?? '')?.[1] ?? []);
    expect(called).toEqual(['bundle']);
    for (const script of called) expect(scripts).toHaveProperty(script);
  });

  test('says what it is by the labels of the Open Container Initiative', () => {
    const labels = named('LABEL')
      .flatMap(words)
      .map((label) => label.split('=')[0]);
    for (const key of ['title', 'description', 'source', 'licenses', 'version', 'revision', 'created']) {
      expect(labels).toContain(`org.opencontainers.image.${key}`);
    }
  });
});
