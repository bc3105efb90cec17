import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where the alerts and the dashboard send people who read them outside the repository. */
export const REPOSITORY_URL = 'https://github.com/slicehints/slicehints/blob/main/';

/** The text of a file of the repository; tests run from build/test/observability. */
export function readText(path: string): string {
  return readFileSync(repositoryPath(path), 'utf8');
}

export function repositoryPath(path: string): string {
  return fileURLToPath(new URL(`../../../${path}`, import.meta.url));
}

/** The anchors that GitHub gives to the headings of a page. */
export function anchorsOf(markdown: string): string[] {
  const outsideCode = markdown.replaceAll(/^```[\s\S]*?^```/gm, '');
  return [...outsideCode.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(/\s/g, '-'),
  );
}
