import { readFileSync } from 'node:fs';
import { describeFileError } from '../input/fileError.js';

/** The script and the style sheet of the page, made by scripts/reportPage.mjs. */
export interface PageAssets {
  readonly script: string;
  readonly style: string;
}

/** Set in the bundle, which has no files beside it. */
declare const SLICEHINTS_REPORT_PAGE: PageAssets | undefined;

/** @throws {Error} one sentence when the package was built without the page */
export function loadPageAssets(): PageAssets {
  if (typeof SLICEHINTS_REPORT_PAGE === 'object') return SLICEHINTS_REPORT_PAGE;
  const read = (name: string): string => readFileSync(new URL(`../../report/${name}`, import.meta.url), 'utf8');
  try {
    return { script: read('page.js'), style: read('page.css') };
  } catch (error) {
    throw new Error(`cannot read the page of the report, which npm run build makes: ${describeFileError(error)}`, {
      cause: error,
    });
  }
}
