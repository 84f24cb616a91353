// Self-signed P-256 certificates for nodes. A node's certificate is trusted by its fingerprint, which
// the node's identity key signs, never by its issuer. Invariant: the key is made here and never stored here.
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { StreamSyncError } from '@streamsync/domain';
import { fingerprintSha256 } from './sp-tls.ts';

/** A year: the fingerprint is what counts, and nodes make a new one when they choose. */
const VALID_DAYS_DEFAULT = 365;

const DAY_MS = 86_400_000;

export interface NodeCertificate {
  readonly certificatePem: string;
  readonly keyPem: string;
  /** SHA-256 of the DER, lower-case hex: what a dialer pins. */
  readonly fingerprintSha256: string;
}

export interface CertificateOptions {
  /** Names and IP addresses that it is for; the first is its common name. */
  readonly hosts: readonly string[];
  readonly validDays?: number;
  readonly now?: Date;
}

/** Makes a P-256 key and a certificate that it signs (Debian's nngcat refuses ed25519 ones). */
export async function createCertificate(options: CertificateOptions): Promise<NodeCertificate> {
  // Loaded when needed: nodes with a stored certificate do without its ASN.1 machinery.
  const { generate } = await import('selfsigned');
  const { hosts, validDays = VALID_DAYS_DEFAULT, now = new Date() } = options;
  const made = await generate([{ name: 'commonName', value: hosts[0] ?? 'streamsync-node' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(now.getTime() - DAY_MS),
    notAfterDate: new Date(now.getTime() + validDays * DAY_MS),
    extensions: [
      // It is its own authority, so that `nngcat --cacert` can be given it.
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyCertSign: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
      {
        name: 'subjectAltName',
        altNames: hosts.map((host) =>
          isIP(host) === 0 ? { type: 2 as const, value: host } : { type: 7 as const, ip: host },
        ),
      },
    ],
  });
  return {
    certificatePem: made.cert,
    keyPem: made.private,
    fingerprintSha256: fingerprintOfPem(made.cert),
  };
}

/** The fingerprint of a stored certificate. Throws CONFIG_INVALID when it is not one. */
export function fingerprintOfPem(certificatePem: string): string {
  try {
    return fingerprintSha256(new X509Certificate(certificatePem).raw);
  } catch (cause) {
    throw new StreamSyncError(
      'CONFIG_INVALID',
      {},
      { cause, message: 'This is not a certificate in PEM.' },
    );
  }
}
