// SP addresses: `tcp://host:port` and `tls+tcp://host:port`, as NNG writes them. Invariant: an
// address that parses prints to one that parses to the same.
import { StreamSyncError } from '@streamsync/domain';

export interface SpAddress {
  readonly tls: boolean;
  /** A name or an IP address; an IPv6 one without its brackets. */
  readonly host: string;
  readonly port: number;
}

const PATTERN = /^(tcp|tls\+tcp):\/\/(?:\[([0-9a-fA-F:.]+)\]|([^[\]:/?#@\s]*)):(\d{1,5})$/;

/**
 * Parses an SP address. An empty host or `*` means every interface, as in NNG, and is for listening.
 * Throws CONFIG_INVALID for anything else.
 */
export function parseSpAddress(text: string): SpAddress {
  const match = PATTERN.exec(text);
  const port = Number(match?.[4] ?? Number.NaN);
  if (match === null || port > 65_535) {
    throw new StreamSyncError(
      'CONFIG_INVALID',
      { address: text },
      { message: 'This is not an SP address: write tcp://host:port or tls+tcp://host:port.' },
    );
  }
  const name = match[2] ?? match[3] ?? '';
  const host = name === '' || name === '*' ? '0.0.0.0' : name;
  return { tls: match[1] === 'tls+tcp', host, port };
}

export function formatSpAddress({ tls, host, port }: SpAddress): string {
  const bracketed = host.includes(':') ? `[${host}]` : host;
  return `${tls ? 'tls+tcp' : 'tcp'}://${bracketed}:${port}`;
}
