import { describe, expect, test } from 'vitest';
import { view, withoutNotes, affine } from './sketch.js';

describe('ipvs', () => {
  test('as ipvsadm -ln prints it', () => {
    expect(withoutNotes(view({ format: 'ipvs', node: 'n1', services: [affine] }))).toBe(
      `# node n1 (zone a)
IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
TCP  172.30.0.41:80 rr persistent 10800
  -> 10.180.0.1:80                Masq    1      0          0
  -> 10.180.0.2:80                Masq    1      0          0
TCP  192.168.0.1:30080 rr persistent 10800
  -> 10.180.0.1:80                Masq    1      0          0
  -> 10.180.0.2:80                Masq    1      0          0
`,
    );
  });

  test('--diff marks the real servers that hints take away, nodes alike together', () => {
    const text = withoutNotes(view({ format: 'ipvs', diff: true }));
    expect(text.match(/^# .*/gm)).toEqual(['# nodes n1 (zone a), n2 (zone a)', '# node n3 (zone b)', '# node n4']);
    expect(text.match(/^[-+].*/gm)).toEqual(
      ['10.180.0.3:80', '10.180.0.1:80', '10.180.0.2:80'].map(
        (target) => `-  -> ${target}                Masq    1      0          0`,
      ),
    );
  });
});
