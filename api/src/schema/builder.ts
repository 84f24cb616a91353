// The one builder of the graph. Fields are nullable unless they say otherwise: a read that fails
// nulls its own field, and the rest of the answer stands.
import SchemaBuilder from '@pothos/core';
import type { Address, Signature, Slot } from '@streamsync/domain';
import type { QueryContext } from '../pipeline/ports.ts';

/** Text and bytes as the graph shows them; numbers of 64 bits are decimal text in JSON. */
type Scalars = {
  Address: { Input: Address; Output: string };
  Signature: { Input: Signature; Output: string };
  Slot: { Input: Slot; Output: bigint };
  U64: { Input: bigint; Output: bigint };
  I64: { Input: bigint; Output: bigint };
  Bytes: { Input: string; Output: string };
  JSON: { Input: unknown; Output: unknown };
};

export const builder = new SchemaBuilder<{
  Context: QueryContext;
  Scalars: Scalars;
}>({});

builder.queryType({
  description: 'Everything that can be asked. Chain data is raced and verified at one slot.',
});
