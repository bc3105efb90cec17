import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

/** A self-signed certificate for 127.0.0.1 and localhost, made by openssl for this run only. */
export function makeCertificate(commonName = 'localhost'): TestCertificate {
  const pem = execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
      ...['-subj', `/CN=${commonName}`, '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
      ...['-keyout', '-', '-out', '-'],
    ],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const block = (kind: string): string => {
    const match = new RegExp(`-----BEGIN ${kind}-----[\\s\\S]+?-----END ${kind}-----\n`).exec(pem);
    if (match === null) throw new Error(`openssl made no ${kind}`);
    return match[0];
  };
  return { cert: block('CERTIFICATE'), key: block('PRIVATE KEY') };
}

/** Files as a mounted Secret has them, in a directory of their own. */
export function mountCertificate(certificate: TestCertificate): {
  readonly certFile: string;
  readonly keyFile: string;
  renew(next: TestCertificate): void;
  remove(): void;
} {
  const directory = mkdtempSync(join(tmpdir(), 'slicehints-cert-'));
  const certFile = join(directory, 'tls.crt');
  const keyFile = join(directory, 'tls.key');
  const renew = ({ cert, key }: TestCertificate): void => {
    writeFileSync(certFile, cert);
    writeFileSync(keyFile, key);
  };
  renew(certificate);
  return { certFile, keyFile, renew, remove: () => rmSync(directory, { recursive: true, force: true }) };
}
