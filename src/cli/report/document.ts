import { createHash } from 'node:crypto';
import { DATA_ELEMENT, type ReportData } from '../../report/reportData.js';
import type { PageAssets } from './pageAssets.js';

/**
 * The report as one file: the page, the planner in it and the data. It may load nothing and send nothing: its policy names
 * its own script and style sheet by their hashes, and lets no text become HTML.
 */
export function renderDocument(data: ReportData, { script, style }: PageAssets): string {
  // Either would end the element, whatever the text means in its own language.
  if (/<\/script|<!--/i.test(script) || /<\/style/i.test(style)) {
    throw new Error('the page of the report cannot be written into a document: it has an end tag in it');
  }
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
    // The empty icon below, which keeps browsers from asking for one.
    'img-src data:',
    ...(data.live === true ? ["connect-src 'self'"] : []),
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>Topology hints</title>
<style>${style}</style>
</head>
<body>
<noscript>This report works out its figures in the browser and needs JavaScript.</noscript>
<script type="application/json" id="${DATA_ELEMENT}">${inScript(data)}</script>
<script>${script}</script>
</body>
</html>
`;
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

/** JSON that no text in it can end: a name may be `</script>`. */
function inScript(data: ReportData): string {
  return JSON.stringify(data).replaceAll('<', '\\u003c');
}
