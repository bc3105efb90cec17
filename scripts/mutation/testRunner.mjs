import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { INSTRUMENTER_CONSTANTS } from '@stryker-mutator/api/core';
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import {
  determineHitLimitReached,
  DryRunStatus,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner';
import { startTests } from '@vitest/runner';
import { mutationTests } from './tests.mjs';

/** A test may take this long unchanged, on a busy machine. */
const UNCHANGED_MS = 120_000;
/** A test that waits for what never comes fails after this long, or after five times what it takes unchanged. */
const LEAST_TIMEOUT_MS = 10_000;
const TIMES_SLOWER = 5;

/**
 * Runs tests of Vitest in the process of StrykerJS's worker, with Vitest's own runner: starting Vitest for each change
 * takes a second, most tests a few milliseconds. Sources are loaded once; a test file is loaded again for each run.
 */
class InProcessRunner {
  static inject = [];
  /** What instrumented code reads: the change that is switched on, and how often it may be reached. */
  #instrumented = (globalThis[INSTRUMENTER_CONSTANTS.NAMESPACE] ??= {});
  /** Of each file, by path: what its longest test takes unchanged, and how long the file took last. */
  #longestMs = new Map();
  #lastMs = new Map();
  #runs = 0;
  /** Of the compiled tests. Known once the worker is in the copy that StrykerJS changes. */
  #folder = '';

  capabilities() {
    return { reloadEnvironment: false };
  }

  async init() {
    // What a change leaves running must not end the worker. A test that does not see it leaves the change alive.
    process.on('uncaughtException', () => undefined);
    this.#folder = resolve('build/test');
    await import(pathToFileURL(resolve(this.#folder, 'support/fixedSeed.js')).href);
  }

  async dryRun() {
    const paths = mutationTests(this.#folder, process.env.MUTATION_TESTS);
    const result = await this.#run(
      paths.map((filepath) => ({ filepath })),
      { timeoutMs: UNCHANGED_MS, bail: false },
    );
    for (const { fileName, timeSpentMs } of result.tests)
      this.#longestMs.set(fileName, Math.max(this.#longestMs.get(fileName) ?? 0, timeSpentMs));
    return { ...result, mutantCoverage: this.#instrumented.mutantCoverage };
  }

  async mutantRun({ activeMutant, testFilter, hitLimit, disableBail }) {
    const specs = [...new Set(testFilter.map(fileOf))].map((filepath) => ({
      filepath,
      testIds: testFilter.filter((id) => fileOf(id) === filepath).map(taskOf),
    }));
    const duration = ({ filepath }) => this.#lastMs.get(filepath) ?? 0;
    // The first test that fails ends the run, so the quick ones go first.
    specs.sort((a, b) => duration(a) - duration(b));
    const longestMs = Math.max(...specs.map(({ filepath }) => this.#longestMs.get(filepath) ?? 0));
    const result = await this.#run(specs, {
      timeoutMs: Math.max(LEAST_TIMEOUT_MS, TIMES_SLOWER * longestMs),
      bail: !disableBail,
      onLoaded: () => Object.assign(this.#instrumented, { activeMutant: activeMutant.id, hitCount: 0, hitLimit }),
    });
    const { hitCount } = this.#instrumented;
    this.#instrumented.activeMutant = undefined;
    return toMutantRunResult(determineHitLimitReached(hitCount, hitLimit) ?? result);
  }

  async #run(specs, { timeoutMs, bail, onLoaded }) {
    const run = ++this.#runs;
    const instrumented = this.#instrumented;
    const tests = [];
    const failing = { yes: false };
    const files = await startTests(specs, {
      config: {
        root: this.#folder,
        setupFiles: [],
        sequence: { hooks: 'stack', setupFiles: 'list', seed: 1 },
        maxConcurrency: 1,
        testTimeout: timeoutMs,
        hookTimeout: timeoutMs,
        retry: 0,
        tags: [],
        includeTaskLocation: false,
      },
      importFile: (path) => import(`${pathToFileURL(path).href}?run=${run}`),
      onBeforeRunFiles: () => onLoaded?.(),
      onBeforeRunTask: (test) => {
        if (bail && failing.yes && test.mode === 'run') test.mode = 'skip';
      },
      onBeforeTryTask: (test) => {
        instrumented.currentTestId = idOf(test);
      },
      onAfterRetryTask: () => {
        instrumented.currentTestId = undefined;
      },
      onAfterRunTask: (test) => {
        if (test.result?.state === 'fail') failing.yes = true;
        if (test.result !== undefined) tests.push(resultOf(test));
      },
    });
    for (const { filepath, result } of files) this.#lastMs.set(filepath, result?.duration ?? 0);
    const broken = files.find(({ result }) => result?.state === 'fail' && !failing.yes);
    if (broken !== undefined) {
      const errorMessage = `${broken.filepath}: ${broken.result.errors?.[0]?.stack ?? 'a hook failed'}`;
      return { status: DryRunStatus.Error, errorMessage, tests };
    }
    return { status: DryRunStatus.Complete, tests };
  }
}

/** A test's id has its file, which a worker that has just started must find. */
function idOf(test) {
  return `${test.file.filepath}#${test.id}`;
}

function fileOf(id) {
  return id.slice(0, id.lastIndexOf('#'));
}

function taskOf(id) {
  return id.slice(id.lastIndexOf('#') + 1);
}

function resultOf(test) {
  const { state, duration, errors } = test.result;
  const known = {
    id: idOf(test),
    name: test.fullTestName,
    fileName: test.file.filepath,
    timeSpentMs: Math.round(duration ?? 0),
  };
  if (state === 'pass') return { ...known, status: TestStatus.Success };
  if (state === 'fail')
    return { ...known, status: TestStatus.Failed, failureMessage: errors?.[0]?.message ?? 'it failed' };
  return { ...known, status: TestStatus.Skipped };
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'inProcess', InProcessRunner)];
