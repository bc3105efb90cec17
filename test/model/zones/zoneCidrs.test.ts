import { BlockList, isIP } from 'node:net';
import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { cidrProblem, readZoneCidrs, ZoneByAddress } from '../../../src/model/zones/zoneCidrs.js';

const zoneIn = (address: string, ...cidrs: string[]): string =>
  new ZoneByAddress(cidrs.map((cidr) => ({ cidr, zone: cidr }))).zoneOf(address);

describe('the zone of an address', () => {
  test.each<[string, string, string[], string]>([
    ['is that of its network', '10.1.2.3', ['10.1.0.0/16', '10.2.0.0/16'], '10.1.0.0/16'],
    ['is that of the longest prefix', '10.1.2.3', ['10.0.0.0/8', '10.1.2.0/23', '10.1.0.0/16'], '10.1.2.0/23'],
    ['is none outside of all networks', '10.3.0.1', ['10.1.0.0/16'], ''],
    ['may be that of every address', '10.3.0.1', ['0.0.0.0/0'], '0.0.0.0/0'],
    ['may be that of one address', '10.3.0.1', ['10.3.0.1/32'], '10.3.0.1/32'],
    ['of IPv6', 'fd12:3456::1', ['fd00::/8', 'fd12::/16'], 'fd12::/16'],
    ['of IPv6 with an IPv4 address at the end', '64:ff9b::10.0.0.1', ['64:ff9b::/96'], '64:ff9b::/96'],
    ['of IPv6 is in no IPv4 network', '::1', ['0.0.0.0/0'], ''],
    ['of a name is none', 'db.example.com', ['0.0.0.0/0', '::/0'], ''],
    ['of nothing is none', '', ['0.0.0.0/0', '::/0'], ''],
  ])('%s', (_, address, cidrs, zone) => {
    expect(zoneIn(address, ...cidrs)).toBe(zone);
  });

  test('is as Node.js has it', () => {
    const v4 = fc.ipV4().map((address) => [address, 'ipv4'] as const);
    const v6 = fc.ipV6().map((address) => [address, 'ipv6'] as const);
    const any = fc.oneof(v4, v6);
    fc.assert(
      fc.property(any, any, fc.nat(128), ([address, type], [network, kind], bits) => {
        const length = kind === 'ipv4' ? bits % 33 : bits;
        const list = new BlockList();
        list.addSubnet(network, length, kind);
        expect(cidrProblem(`${network}/${length}`)).toBeUndefined();
        // BlockList takes IPv4 for a part of IPv6; endpoints of one family are never of the other.
        const expected = type === kind && list.check(address, type);
        expect(zoneIn(address, `${network}/${length}`) !== '').toBe(expected);
      }),
    );
  });
});

describe('what is no network', () => {
  test.each([
    '',
    '10.0.0.0',
    '10.0.0.0/33',
    '10.0.0/8',
    '10.0.0.256/8',
    '010.0.0.0/8',
    'fd00::/129',
    'fd00:::/8',
    '::1::/8',
    '1.2.3.4::/8',
    '1:2.3.4.5::/8',
    '1.2.3.4:5::/8',
    '::1.2.3.4:5/8',
    'fd00/8',
    '1:2:3:4:5:6:7:8:9/8',
    '1:2:3:4:5:6:7::8/8x',
    'zone/8',
  ])(
    // prettier-ignore
    '%s',
    (cidr) => {
      expect(cidrProblem(cidr)).toContain('is no network such as 10.1.0.0/16 or fd00::/8');
    },
  );

  test('texts that are no addresses of Node.js are none here', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9a-f:.]{1,20}$/), (text) => {
        expect(cidrProblem(`${text}/0`) === undefined).toBe(isIP(text) !== 0);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a list of networks and their zones', () => {
  test('is read in its order', () => {
    const cidrs = [
      { cidr: 'fd00::/8', zone: 'zone-b' },
      { cidr: '10.1.0.0/16', zone: 'zone-a' },
    ];
    expect(readZoneCidrs(cidrs)).toStrictEqual({ cidrs });
    expect(readZoneCidrs([])).toStrictEqual({ cidrs: [] });
    const within = ['10.0.0.0/8', '10.0.0.0/9', '::/0', '0.0.0.0/0'].map((cidr) => ({ cidr, zone: 'a' }));
    expect(readZoneCidrs(within)).toStrictEqual({ cidrs: within });
  });

  test.each<[string, unknown, string]>([
    ['text', '10.1.0.0/16=a', 'expected a list of networks, each with a cidr and a zone'],
    ['nothing in it', [null], 'expected a cidr and a zone, both text, in entry 1'],
    ['no zone', [{ cidr: '10.1.0.0/16' }], 'expected a cidr and a zone, both text, in entry 1'],
    ['an address', [{ cidr: '10.1.0.0', zone: 'a' }], '"10.1.0.0" is no network such as 10.1.0.0/16 or fd00::/8'],
    ['an empty zone', [{ cidr: '::/0', zone: '' }], 'expected the name of a zone for ::/0, got ""'],
    ['a zone that is no label', [{ cidr: '::/0', zone: 'a b' }], 'expected the name of a zone for ::/0, got "a b"'],
    ['a network in two forms', [{ cidr: '10.1.2.0/15', zone: 'a' }, { cidr: '10.0.0.0/15', zone: 'b' }], 'the network 10.0.0.0/15 is listed twice, first as 10.1.2.0/15'], // prettier-ignore
    ['an IPv6 network in two forms', [{ cidr: 'FD00::/8', zone: 'a' }, { cidr: 'fd00:0::/8', zone: 'a' }], 'the network fd00:0::/8 is listed twice, first as FD00::/8'], // prettier-ignore
    ['a network twice', ['a', 'b'].map((zone) => ({ cidr: '::/0', zone })), 'the network ::/0 is listed twice'],
  ])('%s is refused in one sentence', (_, value, problem) => {
    expect(readZoneCidrs(value)).toEqual({ problem });
  });
});
