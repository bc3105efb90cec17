import type { Command } from '../command.js';
import { readSource } from '../flags/sourceFlags.js';
import { REPORT_FLAGS, type ReportArguments } from '../flags/commands/reportFlags.js';
import { imagine, readWhatIf } from '../flags/whatIfFlags.js';
import { clusterSurroundings, gatherManifests, type ClusterSurroundings } from '../input/clusterSource.js';
import { clusterObjects } from '../input/manifests.js';
import { Progress } from '../output/progress.js';
import { replaceFile } from '../output/replaceFile.js';
import { writeOut, type Io } from '../output/terminal.js';
import { renderDocument } from '../report/document.js';
import { loadPageAssets, type PageAssets } from '../report/pageAssets.js';
import { reportData } from '../report/reportData.js';

export interface ReportSurroundings extends ClusterSurroundings {
  /** @throws {Error} one sentence when the package was built without the page */
  readonly loadPage: () => PageAssets;
}

/** `slicehints report`: what plan, what-if and audit show, in one HTML file that needs no network. */
export function reportCommand(
  io: Io,
  surroundings: ReportSurroundings = { ...clusterSurroundings('report'), loadPage: loadPageAssets },
): Command<typeof REPORT_FLAGS> {
  return {
    name: 'report',
    describe: 'Write one HTML file that shows the traffic between zones, now and planned, and answers what-if',
    usage: `$0 report [-f cluster.yaml] [-o report.html]

Writes one HTML file about a live cluster or manifests: the traffic between zones, now and planned, every Service with its endpoints, and the reasons. The planner is in the page, so that mode, threshold, demand, the loss of a zone and numbers of pods can be changed there. The file loads nothing and sends nothing, and holds only what the planner reads: --anonymise replaces the names. What-if flags are where its controls start.`,
    flags: REPORT_FLAGS,
    refusesRepeated: true,
    examples: [
      ['$0 report', 'the live cluster of the current context, in report.html'],
      ['$0 report --anonymise -o for-others.html', 'without the names of the cluster'],
      ['kubectl get nodes,services,endpointslices -A -o yaml | $0 report -f - -o -', 'from and to other programs'],
    ],
    run: (args) => runReport(args, io, surroundings),
  };
}

async function runReport(args: ReportArguments, io: Io, surroundings: ReportSurroundings): Promise<void> {
  const page = surroundings.loadPage();
  const changes = readWhatIf(args) ?? {};
  const progress = new Progress(io.isErrorTTY ? io.stderr : undefined, surroundings.clock);
  try {
    const source = { ...readSource(args), service: undefined };
    const { settings, ...manifests } = await gatherManifests(source, io, surroundings, progress);
    progress.clear();
    const objects = clusterObjects(manifests);
    // What cannot be imagined is refused here, not in the page.
    imagine(objects, changes);
    const { anonymise, title, context, output } = args;
    const data = reportData({
      objects,
      settings,
      changes,
      title: title ?? (anonymise ? '' : (context ?? '')),
      anonymise,
      notes: manifests.notes,
      nowMs: surroundings.clock.wallMs(),
    });
    for (const note of manifests.notes) io.stderr.write(`slicehints report: ${note}\n`);
    const document = renderDocument(data, page);
    if (output === '-') await writeOut(io.stdout, document);
    else {
      await replaceFile(output, document, '--output');
      io.stderr.write(`slicehints report: wrote ${output} (${Math.ceil(Buffer.byteLength(document) / 1000)} kB)\n`);
    }
    io.setExitCode(0);
  } finally {
    progress.clear();
  }
}
