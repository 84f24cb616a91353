// The graph's type of one kind of account: each field picks a value of the parsed account, and a link
// reads the account that a key names.
import type { FieldMap } from '@pothos/core';
import type { Address } from '@streamsync/domain';
import { AccountRef, DataEncodingRef, POINT_READ } from './account.ts';
import { type AccountEntity, type AccountKind, readAccount } from './account-entity.ts';
import { TYPE_NAMES } from './account-type-names.ts';
import { builder } from './builder.ts';
import { type DataEncoding, encodeData } from './encode-data.ts';

export type SchemaTypes = (typeof builder)['$inferSchemaTypes'];
export type AccountFieldBuilder = PothosSchemaTypes.ObjectFieldBuilder<SchemaTypes, AccountEntity>;
type InterfaceOfAccounts = PothosSchemaTypes.InterfaceRef<SchemaTypes, AccountEntity>;
type ObjectOf<Shape> = PothosSchemaTypes.ObjectRef<SchemaTypes, Shape>;
type EntityOf<Kind extends AccountKind> = ReturnType<typeof AccountEntity.prototype.as<Kind>>;

/** What a scalar's resolver gives. */
interface ScalarValues {
  Address: string;
  Slot: bigint;
  U64: bigint;
  I64: bigint;
  Int: number;
  Float: number;
  String: string;
  Boolean: boolean;
  JSON: unknown;
}
type ScalarName = keyof ScalarValues;

/** An absent description must be no key at all. */
const described = (description?: string) => (description === undefined ? {} : { description });

/** Pothos looks the type up by name; its own types would need one branch for each scalar. */
const asScalar = (name: ScalarName) => name as 'JSON';

/** Makes the fields of one kind. */
export class KindFields<Kind extends AccountKind> {
  readonly t: AccountFieldBuilder;
  readonly #kind: Kind;

  constructor(t: AccountFieldBuilder, kind: Kind) {
    this.t = t;
    this.#kind = kind;
  }

  /** A value that is always there. */
  value<Name extends ScalarName>(
    type: Name,
    pick: (entity: EntityOf<Kind>) => ScalarValues[Name],
    description?: string,
  ) {
    return this.t.field({
      type: asScalar(type),
      nullable: false,
      ...described(description),
      resolve: (account) => pick(account.as(this.#kind)),
    });
  }

  /** A value that may be null. */
  maybe<Name extends ScalarName>(
    type: Name,
    pick: (entity: EntityOf<Kind>) => ScalarValues[Name] | null,
    description?: string,
  ) {
    return this.t.field({
      type: asScalar(type),
      ...described(description),
      resolve: (account) => pick(account.as(this.#kind)),
    });
  }

  list<Name extends ScalarName>(
    type: Name,
    pick: (entity: EntityOf<Kind>) => readonly ScalarValues[Name][],
    description?: string,
  ) {
    return this.t.field({
      type: [asScalar(type)],
      nullable: { list: false, items: false },
      ...described(description),
      resolve: (account) => [...pick(account.as(this.#kind))],
    });
  }

  /** The account that a key names; null where there is no key, or no account. */
  link(pick: (entity: EntityOf<Kind>) => string | null, description?: string) {
    return this.t.field({
      type: AccountRef,
      ...described(description),
      extensions: POINT_READ,
      resolve: (account) => {
        const address = pick(account.as(this.#kind));
        return address === null ? null : readAccount(account.reader, address as Address);
      },
    });
  }

  object<Shape>(
    type: ObjectOf<Shape>,
    pick: (entity: EntityOf<Kind>) => NoInfer<Shape>,
    description?: string,
  ) {
    return this.t.field({
      type,
      nullable: false,
      ...described(description),
      resolve: (account) => pick(account.as(this.#kind)) as never,
    });
  }

  maybeObject<Shape>(
    type: ObjectOf<Shape>,
    pick: (entity: EntityOf<Kind>) => NoInfer<Shape> | null,
    description?: string,
  ) {
    return this.t.field({
      type,
      ...described(description),
      resolve: (account) => pick(account.as(this.#kind)) as never,
    });
  }

  objects<Shape>(
    type: ObjectOf<Shape>,
    pick: (entity: EntityOf<Kind>) => readonly NoInfer<Shape>[],
    description?: string,
  ) {
    return this.t.field({
      type: [type],
      nullable: { list: false, items: false },
      ...described(description),
      resolve: (account) => [...pick(account.as(this.#kind))] as never,
    });
  }

  bytes(pick: (entity: EntityOf<Kind>) => Uint8Array | null, description?: string) {
    return this.t.field({
      type: 'Bytes',
      ...described(description),
      args: {
        encoding: this.t.arg({ type: DataEncodingRef, required: true, defaultValue: 'BASE64' }),
      },
      resolve: (account, args) => {
        const bytes = pick(account.as(this.#kind));
        return bytes === null ? null : encodeData(bytes, args.encoding as DataEncoding);
      },
    });
  }
}

/** Adds the type of `kind`; Account's fields come with it. */
export function accountType<Kind extends AccountKind>(
  kind: Kind,
  description: string,
  fields: (is: KindFields<Kind>) => FieldMap,
  interfaces: readonly InterfaceOfAccounts[] = [],
): void {
  builder.objectType(builder.objectRef<AccountEntity>(TYPE_NAMES[kind]), {
    description,
    interfaces: [AccountRef, ...interfaces],
    fields: (t) => fields(new KindFields(t, kind)),
  });
}
