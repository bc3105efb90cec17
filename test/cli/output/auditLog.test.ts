import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { AuditLog } from '../../../src/cli/output/auditLog.js';
import type { ChangeRecord } from '../../../src/controller/writing/changeRecord.js';

const folder = mkdtempSync(join(tmpdir(), 'audit-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const change: ChangeRecord = {
  namespace: 'shop',
  service: 'web',
  slice: 'web-1',
  resourceVersion: '7',
  askedBy: 'slicehints.io/mode',
  mode: 'balanced',
  reason: 'BalancedHintsSet',
  from: 'none=2',
  to: 'a=2',
  endpoints: 2,
  plan: '0badcafe',
};

describe('the audit log', () => {
  test('appends one line of JSON for each change, also after a restart', () => {
    const path = join(folder, 'audit.log');
    for (const wallMs of [0, 86_400_000]) {
      const log = AuditLog.open({ path, wallMs: () => wallMs, onFailed: expect.unreachable });
      log.write(change);
      log.close();
    }
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { time: '1970-01-01T00:00:00.000Z', ...change },
      { time: '1970-01-02T00:00:00.000Z', ...change },
    ]);
  });

  test.each([
    ['in a folder that is not there', join(folder, 'none', 'audit.log'), 'no such file or directory'],
    ['that is a folder', folder, 'it is a directory'],
  ])('a file %s is refused in one sentence', (_, path, problem) => {
    expect(() => AuditLog.open({ path, wallMs: () => 0, onFailed: () => undefined })).toThrow(
      expect.objectContaining({ name: 'UsageError', message: `--audit-log: "${path}" cannot be opened: ${problem}` }),
    );
  });

  test('a full disk is reported once and stops nothing', () => {
    const problems: string[] = [];
    const log = AuditLog.open({
      path: '/dev/full',
      wallMs: () => 0,
      onFailed: (problem) => void problems.push(problem),
    });
    log.write(change);
    log.write(change);
    log.close();
    expect(problems).toEqual(['"/dev/full" cannot be written: no space left']);
  });
});
