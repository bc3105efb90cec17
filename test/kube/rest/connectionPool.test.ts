import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { HttpProxyAgent, HttpsProxyAgent } from 'hpagent';
import { SocksProxyAgent } from 'socks-proxy-agent';
import { anonymousAccess, type Authorization, type ClusterAccess } from '../../../src/kube/auth/credentials.js';
import { ConnectionPool } from '../../../src/kube/rest/connectionPool.js';
import { makeCertificate, type TestCertificate } from '../../support/certificate.js';

let one: TestCertificate;
let two: TestCertificate;
beforeAll(() => {
  one = makeCertificate('one');
  two = makeCertificate('two');
});

const pools: ConnectionPool[] = [];
afterEach(() => {
  for (const pool of pools.splice(0)) pool.retire();
});
function poolOf(server: string, more: Partial<ClusterAccess> = {}): ConnectionPool {
  const pool = new ConnectionPool({ ...anonymousAccess(server), ...more });
  pools.push(pool);
  return pool;
}

const none: Authorization = { headers: {} };
const SECURE = 'https://10.0.0.1';
const PLAIN = 'http://10.0.0.1';

describe('connections', () => {
  test.each<[string, string, string | undefined, new (...args: never[]) => unknown]>([
    ['to http are plain', PLAIN, undefined, HttpAgent],
    ['to https are TLS', SECURE, undefined, HttpsAgent],
    ['to http may go through a proxy', PLAIN, 'http://proxy:3128', HttpProxyAgent],
    ['to https may go through a proxy', SECURE, 'http://proxy:3128', HttpsProxyAgent],
    ['to http may go through SOCKS', PLAIN, 'socks5://proxy:1080', SocksProxyAgent],
    ['to https may go through SOCKS', SECURE, 'socks5://proxy:1080', SocksProxyAgent],
  ])('%s', (_, server, proxyUrl, kind) => {
    const { agent, tls } = poolOf(server, { ...(proxyUrl === undefined ? {} : { proxyUrl }) }).for(none);
    expect(agent).toBeInstanceOf(kind);
    expect(agent).toMatchObject({ keepAlive: true });
    expect(tls.secureContext !== undefined).toBe(server === SECURE);
  });

  test('verify the server unless told otherwise, by the name that is given', () => {
    expect(poolOf(SECURE).for(none).tls).toMatchObject({ rejectUnauthorized: true });
    expect(poolOf(SECURE).for(none).tls).not.toHaveProperty('servername');
    const access = { insecureSkipTlsVerify: true, tlsServerName: 'api.example' };
    expect(poolOf(SECURE, access).for(none).tls).toMatchObject({
      rejectUnauthorized: false,
      servername: 'api.example',
    });
  });

  test.each<[string, Authorization]>([
    ['a certificate', { headers: {}, cert: 'no certificate' }],
    ['a key', { headers: {}, key: 'no key' }],
  ])('with %s that cannot be parsed are an error', (_, authorization) => {
    expect(() => poolOf(SECURE).for(authorization)).toThrow();
  });
});

describe('connections with credentials', () => {
  const withCertificate = ({ cert, key }: TestCertificate, token = 'a'): Authorization => ({
    headers: { Authorization: `Bearer ${token}` },
    cert,
    key,
  });

  test('stay when a token rotates, which belongs to a request', () => {
    const pool = poolOf(SECURE);
    const first = pool.for(withCertificate(one, 'a'));
    expect(pool.for(withCertificate(one, 'b'))).toBe(first);
    expect(pool.for(withCertificate({ ...one }, 'c'))).toBe(first);
  });

  test('are replaced when the certificate rotates; the old ones keep no idle connection', () => {
    const pool = poolOf(SECURE);
    const first = pool.for(withCertificate(one));
    const second = pool.for(withCertificate(two));
    expect(second).not.toBe(first);
    expect(second.agent).not.toBe(first.agent);
    expect(first.agent.maxFreeSockets).toBe(0);
    expect(pool.for(withCertificate(two))).toBe(second);
  });

  test('stay when the new certificate cannot be parsed', () => {
    const pool = poolOf(SECURE);
    const first = pool.for(withCertificate(one));
    expect(() => pool.for({ headers: {}, cert: 'x', key: 'y' })).toThrow();
    expect(pool.for(withCertificate(one))).toBe(first);
  });
});

describe('idle connections', () => {
  const idle = (pool: ConnectionPool) => {
    const { agent } = pool.for(none);
    const socket = { destroyed: 0, destroy: () => void (socket.destroyed += 1) };
    Object.assign(agent.freeSockets, { 'a:443': [socket] });
    return { agent, socket };
  };

  test('are closed on demand, and the pool stays', () => {
    const pool = poolOf(PLAIN);
    const { agent, socket } = idle(pool);
    pool.closeIdle();
    expect(socket.destroyed).toBe(1);
    expect(pool.for(none).agent).toBe(agent);
  });

  test('are closed when the pool retires, which opens new connections when it is used again', () => {
    const pool = poolOf(PLAIN);
    const { agent, socket } = idle(pool);
    pool.retire();
    pool.retire();
    expect(socket.destroyed).toBe(1);
    expect(pool.for(none).agent).not.toBe(agent);
  });

  test('of a pool that was never used are none', () => {
    expect(() => poolOf(PLAIN).closeIdle()).not.toThrow();
  });
});
