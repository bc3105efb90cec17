import { describe, expect, test } from 'vitest';
import { proxyFromEnvironment } from '../../../src/kube/auth/proxyEnvironment.js';

describe('the proxy of the environment', () => {
  const proxy = 'http://proxy:3128';
  test.each<[string, NodeJS.ProcessEnv, string | undefined]>([
    ['https://api.example:6443', {}, undefined],
    ['https://api.example:6443', { HTTPS_PROXY: proxy }, proxy],
    ['https://api.example:6443', { https_proxy: 'proxy:3128' }, proxy],
    ['https://api.example:6443', { HTTP_PROXY: proxy }, undefined],
    ['http://api.example', { HTTP_PROXY: proxy }, proxy],
    ['https://localhost:6443', { HTTPS_PROXY: proxy }, undefined],
    ['https://127.0.0.1:6443', { HTTPS_PROXY: proxy }, undefined],
    ['https://[::1]:6443', { HTTPS_PROXY: proxy }, undefined],
    ['https://api.example', { HTTPS_PROXY: proxy, NO_PROXY: '*' }, undefined],
    ['https://api.example', { HTTPS_PROXY: proxy, no_proxy: 'foo, Example' }, undefined],
    ['https://api.example', { HTTPS_PROXY: proxy, NO_PROXY: 'api.example' }, undefined],
    ['https://api.example', { HTTPS_PROXY: proxy, NO_PROXY: '.api.example' }, proxy],
    ['https://a.api.example', { HTTPS_PROXY: proxy, NO_PROXY: '.api.example' }, undefined],
    ['https://a.api.example', { HTTPS_PROXY: proxy, NO_PROXY: '*.api.example' }, undefined],
    ['https://otherapi.example', { HTTPS_PROXY: proxy, NO_PROXY: 'api.example' }, proxy],
    ['https://api.example:6443', { HTTPS_PROXY: proxy, NO_PROXY: 'api.example:6443' }, undefined],
    ['https://api.example', { HTTPS_PROXY: proxy, NO_PROXY: 'api.example:6443' }, proxy],
    ['https://api.example', { HTTPS_PROXY: proxy, NO_PROXY: 'api.example:443' }, undefined],
    ['https://10.1.2.3', { HTTPS_PROXY: proxy, NO_PROXY: '10.0.0.0/8' }, undefined],
    ['https://11.1.2.3', { HTTPS_PROXY: proxy, NO_PROXY: '10.0.0.0/8,10.0.0.0/99' }, proxy],
    ['https://10.1.2.3', { HTTPS_PROXY: proxy, NO_PROXY: '10.1.2.3' }, undefined],
    ['https://10.1.2.3', { HTTPS_PROXY: proxy, NO_PROXY: '2.3' }, proxy],
    ['https://[fd00::5]:443', { HTTPS_PROXY: proxy, NO_PROXY: 'fd00::/8' }, undefined],
    ['https://[fd00::5]:443', { HTTPS_PROXY: proxy, NO_PROXY: 'fd00::5' }, undefined],
    ['https://[fd00::5]:443', { HTTPS_PROXY: proxy, NO_PROXY: '[fd00::5]:443' }, undefined],
  ])('for %s in %j is %j', (server, env, expected) => {
    expect(proxyFromEnvironment(new URL(server), env)).toBe(expected);
  });
});
