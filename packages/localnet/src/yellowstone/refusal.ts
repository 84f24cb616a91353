// A call that is ended with a gRPC status. grpc-js takes the code and the details of any error.
import { status } from '@grpc/grpc-js';

export class Refusal extends Error {
  readonly code: number;
  readonly details: string;

  constructor(code: number, details: string) {
    super(details);
    this.code = code;
    this.details = details;
  }
}

export function invalid(details: string): Refusal {
  return new Refusal(status.INVALID_ARGUMENT, `failed to create filter: ${details}`);
}
