// The gRPC service of geyser.proto and its messages. Updates of a stream are written as bytes: one
// update goes to many clients, and what they have in common is encoded once.
import { fileURLToPath } from 'node:url';
import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';
import protobuf from 'protobufjs';
import { Outgoing } from './outgoing.ts';

const root = protobuf.loadSync(fileURLToPath(new URL('./geyser.proto', import.meta.url)));
const updateType = root.lookupType('geyser.SubscribeUpdate');

/** u64 as text, so that it stays exact; what is not set is absent, but for lists and maps. */
const PLAIN: protobuf.IConversionOptions = {
  longs: String,
  enums: Number,
  arrays: true,
  objects: true,
};

/** Decodes; a map's empty message may be left out on the wire, which protobufjs reads as null. */
function decodeWhole(type: protobuf.Type, bytes: Uint8Array): protobuf.Message {
  const message = type.decode(bytes);
  for (const field of type.fieldsArray) {
    if (!(field instanceof protobuf.MapField) || !(field.resolvedType instanceof protobuf.Type)) {
      continue;
    }
    const entries = (message as unknown as Record<string, Record<string, unknown>>)[field.name];
    for (const key of Object.keys(entries ?? {})) {
      if (entries?.[key] === null) entries[key] = field.resolvedType.create();
    }
  }
  return message;
}

function methodOf(method: protobuf.Method): MethodDefinition<object, object> {
  method.resolve();
  const { resolvedRequestType: request, resolvedResponseType: response } = method;
  if (request === null || response === null) throw new Error(`${method.name} has unknown types`);
  return {
    path: `/geyser.Geyser/${method.name}`,
    requestStream: method.requestStream === true,
    responseStream: method.responseStream === true,
    requestSerialize: (message) => Buffer.from(request.encode(message).finish()),
    requestDeserialize: (bytes) => request.toObject(decodeWhole(request, bytes), PLAIN),
    responseSerialize: (message) =>
      message instanceof Outgoing ? message.bytes : Buffer.from(response.encode(message).finish()),
    responseDeserialize: (bytes) => response.toObject(response.decode(bytes), PLAIN),
  };
}

/** The service as @grpc/grpc-js takes it. Requests arrive as plain objects, u64 as text. */
export const geyserService: ServiceDefinition = Object.fromEntries(
  root.lookupService('geyser.Geyser').methodsArray.map((method) => [method.name, methodOf(method)]),
);

/** A `SubscribeUpdate` with any of its fields, in the names of protobufjs. */
export function encodeUpdate(update: object): Buffer {
  return Buffer.from(updateType.encode(update).finish());
}

/** An update for a client whose filters of these names passed it: a message is its fields in a row. */
export function withFilters(filters: readonly string[], body: Buffer): Buffer {
  return filters.length === 0 ? body : Buffer.concat([encodeUpdate({ filters }), body]);
}

/** A u64 in the form that protobufjs writes exactly. */
export function u64(value: bigint): { low: number; high: number; unsigned: true } {
  return {
    low: Number(BigInt.asIntN(32, value)),
    high: Number(BigInt.asIntN(32, value >> 32n)),
    unsigned: true,
  };
}
