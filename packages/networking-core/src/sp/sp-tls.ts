// TLS of the SP endpoints: what a listener shows and what a dialer accepts. Invariant: with a pinned
// fingerprint exactly that certificate passes, whoever issued it and whatever names it carries.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { TLSSocket } from 'node:tls';

/** Debian's nngcat (mbed TLS) has no newer one; older ones are broken. */
export const TLS_VERSION_MIN = 'TLSv1.2';

/** What a listener shows: PEM, P-256 (nngcat refuses ed25519). */
export interface ListenTls {
  readonly certificatePem: string;
  readonly keyPem: string;
}

/** What a dialer accepts: one certificate by fingerprint, or those of an authority with the right name. */
export type DialTls =
  | { readonly fingerprintSha256: string }
  | { readonly authorityPem: string; readonly serverName?: string };

/** SHA-256 of a certificate's DER, in lower-case hex. */
export function fingerprintSha256(certificateDer: Uint8Array): string {
  return createHash('sha256').update(certificateDer).digest('hex');
}

/** Whether the peer of a TLS socket shows the pinned certificate. */
export function showsCertificate(socket: TLSSocket, fingerprint: string): boolean {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return false;
  const shown = Buffer.from(fingerprintSha256(certificate.raw));
  const pinned = Buffer.from(fingerprint.toLowerCase());
  return shown.length === pinned.length && timingSafeEqual(shown, pinned);
}
