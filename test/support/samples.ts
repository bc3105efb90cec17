import type { Registry } from 'prom-client';

/** Lines of the exposition that belong to this name; comments left out. */
export async function samples(registry: Registry, name: string): Promise<string[]> {
  const lines = (await registry.metrics()).split('\n');
  return lines.filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
}
