// JSON-RPC errors: the standard codes (https://www.jsonrpc.org/specification#error_object) and
// Solana's own (https://solana.com/docs/rpc/json-structures, agave rpc-client-api custom_error).

export const RPC_ERROR_CODES = {
  parseError: -32_700,
  invalidRequest: -32_600,
  methodNotFound: -32_601,
  invalidParams: -32_602,
  internalError: -32_603,
  blockCleanedUp: -32_001,
  preflightFailure: -32_002,
  signatureVerificationFailure: -32_003,
  blockNotAvailable: -32_004,
  blockStatusNotAvailableYet: -32_014,
  unsupportedTransactionVersion: -32_015,
  minContextSlotNotReached: -32_016,
} as const;

export class RpcError extends Error {
  readonly code: number;
  readonly data: unknown;

  constructor(code: keyof typeof RPC_ERROR_CODES, message: string, data?: unknown) {
    super(message);
    this.name = 'RpcError';
    this.code = RPC_ERROR_CODES[code];
    this.data = data;
  }
}

export function invalidParams(message: string): RpcError {
  return new RpcError('invalidParams', `Invalid params: ${message}`);
}
