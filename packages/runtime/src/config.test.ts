import { StreamSyncError } from '@streamsync/domain';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseConfig, redact } from './config.ts';

const schema = z.object({
  port: z.coerce.number().int().min(0).max(65_535),
  rpcUrl: z.url(),
  stripeSecret: z.string().min(10),
});

function faultsOf(raw: unknown): string {
  try {
    parseConfig(schema, raw, 'the environment');
  } catch (error) {
    if (error instanceof StreamSyncError && error.code === 'CONFIG_INVALID') return error.message;
    throw error;
  }
  return '';
}

describe('parseConfig', () => {
  it('lists every fault at once and shows no secret', () => {
    const message = faultsOf({ port: '70000', rpcUrl: 'nonsense', stripeSecret: 'sk_short' });
    expect(message).toContain('3 fault(s)');
    expect(message).toContain('port:');
    expect(message).toContain('rpcUrl:');
    expect(message).not.toContain('sk_short');
  });

  it('freezes what it returns', () => {
    const config = parseConfig(
      schema,
      { port: '1', rpcUrl: 'http://a.test', stripeSecret: 'x'.repeat(10) },
      'a test',
    );
    expect(() => Object.assign(config, { port: 2 })).toThrow(TypeError);
  });

  it('redacts credentials inside of URLs', () => {
    expect(redact('rpcUrl', 'https://user:pass@host.test/?api-key=abc&x=1')).toBe(
      'https://[redacted]@host.test/?api-key=[redacted]&x=1',
    );
  });
});
