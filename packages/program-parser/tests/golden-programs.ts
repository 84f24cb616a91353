// Accounts of the programs beside the token programs, built byte by byte from their documentation, so
// that the tests stand without the corpus and without the package's own encoders. Sources are named in
// the programs' folders.
import { addressBytes, parseAddress } from '@streamsync/domain';
import {
  f64,
  fill,
  type Golden,
  join,
  key,
  le,
  pad,
  TOKEN_METADATA,
  text,
  u16,
  u32,
  u64,
  zeros,
} from './golden-accounts.ts';

export const CORE = parseAddress('CoREENxT6tW1HoK8ypY1SxRMZTcVPm7R94rH4PZNhX7d');
export const STAKE = parseAddress('Stake11111111111111111111111111111111111111');
export const VOTE = parseAddress('Vote111111111111111111111111111111111111111');
export const LOOKUP_TABLE = parseAddress('AddressLookupTab1e1111111111111111111111111');
export const LOADER_V3 = parseAddress('BPFLoaderUpgradeab1e11111111111111111111111');
export const LOADER_V4_PROGRAM = parseAddress('LoaderV411111111111111111111111111111111111');
export const CONFIG = parseAddress('Config1111111111111111111111111111111111111');
export const MORE_PROGRAMS = [
  CORE,
  STAKE,
  VOTE,
  LOOKUP_TABLE,
  LOADER_V3,
  LOADER_V4_PROGRAM,
  CONFIG,
];

const some = (...parts: readonly (Uint8Array | readonly number[])[]) => join([1], ...parts);
const NONE = [0];
const U64_MAX = 2n ** 64n - 1n;

// --- Metaplex Token Metadata ------------------------------------------------------------------

export const EDITION = pad(join([1], key(1), u64(7)), 241);
export const MASTER_EDITION_V1 = pad(join([2], u64(3), some(u64(10)), key(1), key(2)), 282);
export const MASTER_EDITION_V2 = pad(join([6], u64(3), NONE), 282);
export const RESERVATIONS_V1 = pad(join([3], key(1), some(u64(4)), u32(1), key(2), [5], [6]), 200);
export const RESERVATIONS_V2 = pad(
  join([5], key(1), NONE, u32(2), key(2), u64(5), u64(6), key(3), u64(7), u64(8), u64(9), u64(10)),
  300,
);
export const MARKER_V1 = join([7], [0b1000_0001], fill(30, 0));
export const MARKER_V2 = join([13], u32(2), [0b0100_0000, 0b0000_0001]);
export const USE_RECORD = pad(join([8], u64(5), [254]), 18);
export const COLLECTION_RECORD = join([9], [253], some(key(1)));
export const OLD_COLLECTION_RECORD = pad(join([9], [253], NONE), 35);
export const ESCROW = join([10], key(1), [1], key(2), [255]);
export const OWNER_ESCROW = join([10], key(1), [0], [255]);
export const TOKEN_RECORD = pad(
  join([11], [252], [1], some(u64(2)), some(key(1)), some([5]), some(key(2))),
  80,
);
export const EMPTY_TOKEN_RECORD = pad(join([11], [252], [0], NONE, NONE, NONE, NONE), 80);
export const OLD_TOKEN_RECORD = join([11], [252], [2], some(u64(2)), some(key(1)), some([0]));
export const METADATA_DELEGATE = join([12], [251], key(1), key(2), key(3));
export const HOLDER_DELEGATE = join([14], [250], key(1), key(2), key(3));

// --- Metaplex Core ----------------------------------------------------------------------------

type Placed = readonly [bytes: Uint8Array, authority: Uint8Array];
interface External {
  readonly header: Uint8Array;
  readonly authority: Uint8Array;
  readonly checks: Uint8Array;
  readonly data: Uint8Array | null;
}

const NOBODY = Uint8Array.of(0);
const OWNER = Uint8Array.of(1);
const UPDATE_AUTHORITY = Uint8Array.of(2);
const ADDRESS_AUTHORITY = join([3], key(40));

/** Header, plugins, registry: the offsets follow from the sizes. */
function withPlugins(
  base: Uint8Array,
  plugins: readonly Placed[],
  externals: readonly External[] = [],
): Uint8Array {
  let offset = base.length + 9;
  const bodies: Uint8Array[] = [];
  const place = (bytes: Uint8Array): number => {
    const at = offset;
    bodies.push(bytes);
    offset += bytes.length;
    return at;
  };
  const records = plugins.map(([bytes, authority]) =>
    join([bytes[0] ?? 0], authority, u64(place(bytes))),
  );
  const externalRecords = externals.map(({ header, authority, checks, data }) => {
    const at = place(header);
    const dataAt = data === null ? NONE : some(u64(place(data)));
    const dataLength = data === null ? NONE : some(u64(data.length));
    return join([header[0] ?? 0], authority, checks, u64(at), dataAt, dataLength);
  });
  return join(
    base,
    [3],
    u64(offset),
    ...bodies,
    [4],
    u32(records.length),
    ...records,
    u32(externalRecords.length),
    ...externalRecords,
  );
}

/** A plugin of each number, from 0. */
export const CORE_PLUGINS: readonly Placed[] = [
  [join([0], u16(500), u32(1), key(1), [100], [1], u32(1), key(2)), UPDATE_AUTHORITY],
  [join([1], [1]), OWNER],
  [join([2]), OWNER],
  [join([3]), ADDRESS_AUTHORITY],
  [join([4], u32(2), key(3), key(4)), UPDATE_AUTHORITY],
  [join([5], [0]), NOBODY],
  [join([6], u32(2), text('k'), text('v'), text('größe'), text('')), UPDATE_AUTHORITY],
  [join([7]), ADDRESS_AUTHORITY],
  [join([8]), ADDRESS_AUTHORITY],
  [join([9], u32(12)), UPDATE_AUTHORITY],
  [join([10], some(u32(100)), some(text('n')), NONE), UPDATE_AUTHORITY],
  [join([11]), UPDATE_AUTHORITY],
  [join([12]), UPDATE_AUTHORITY],
  [join([13], u32(1), key(5), [1]), UPDATE_AUTHORITY],
  [join([14], u32(1), key(6), text('hello')), OWNER],
  [join([15]), UPDATE_AUTHORITY],
  [join([16], [1]), OWNER],
  [join([17], [0]), ADDRESS_AUTHORITY],
  [join([18], u32(1), key(7)), UPDATE_AUTHORITY],
];

const CHECKS = some(u32(2), [0], u32(4), [1], u32(7));
const extraAccounts = some(
  u32(3),
  join([0], [1], [0]),
  join([5], u32(3), [0], [4], key(8), [5], u32(2), [9, 9], some(key(9)), [0], [1]),
  join([6], key(10), [0], [1]),
);

/** An adapter of each number, from 0. */
export const CORE_EXTERNALS: readonly External[] = [
  {
    header: join([0], key(11), extraAccounts, some(OWNER), [1]),
    authority: UPDATE_AUTHORITY,
    checks: CHECKS,
    data: join([1, 2, 3]),
  },
  {
    header: join([1], key(12), some([4], [0], [0]), [2], u64(8)),
    authority: UPDATE_AUTHORITY,
    checks: CHECKS,
    data: null,
  },
  {
    header: join([2], ADDRESS_AUTHORITY, [0]),
    authority: UPDATE_AUTHORITY,
    checks: Uint8Array.of(0),
    data: zeros(0),
  },
  {
    header: join([3], key(13), NONE, NONE, [2]),
    authority: NOBODY,
    checks: CHECKS,
    data: null,
  },
  { header: join([4], OWNER, [1]), authority: OWNER, checks: Uint8Array.of(0), data: null },
  {
    header: join([5], [1], ADDRESS_AUTHORITY, [2]),
    authority: OWNER,
    checks: Uint8Array.of(0),
    data: fill(20, 7),
  },
  {
    header: join([6], text('https://x')),
    authority: OWNER,
    checks: Uint8Array.of(0),
    data: null,
  },
];

const assetStart = join([1], key(1), [2], key(2), text('Asset'), text('https://a'), NONE);
export const CORE_ASSET = assetStart;
export const FULL_CORE_ASSET = withPlugins(assetStart, CORE_PLUGINS, CORE_EXTERNALS);
export const CORE_ASSET_OF_FUTURE = withPlugins(
  join([1], key(1), [0], text('Asset'), text(''), some(u64(4))),
  [
    [join([200], [1, 2, 3]), OWNER],
    [join([2]), OWNER],
  ],
);
/** The plugin from before `additionalDelegates`. */
export const OLD_CORE_COLLECTION = withPlugins(
  join([5], key(1), text('C'), text('u'), u32(3), u32(2)),
  [[join([4]), UPDATE_AUTHORITY]],
);
export const CORE_GROUP = join(
  [6],
  key(1),
  text('G'),
  text('u'),
  u32(1),
  key(2),
  u32(0),
  u32(0),
  u32(2),
  key(3),
  key(4),
);
export const CORE_HASHED = join([2], fill(32, 5));

// --- stake and vote ---------------------------------------------------------------------------

const stakeMeta = join(u64(2_282_880), key(1), key(2), le(-5, 8), u64(6), key(3));
export const STAKE_INITIALIZED = pad(join(u32(1), stakeMeta), 200);
export const STAKE_DELEGATED = pad(
  join(
    u32(2),
    stakeMeta,
    key(4),
    u64(5_000_000_000),
    u64(300),
    u64(U64_MAX),
    f64(0.25),
    u64(77),
    [1],
  ),
  200,
);
export const REWARDS_POOL = pad(u32(3), 200);

const priorVoter = (voter: Uint8Array, ...rest: Uint8Array[]) => join(voter, ...rest);
const priorRing = (size: number) => zeros(31 * size);
const credits = join(u64(2), u64(10), u64(100), u64(90), u64(11), u64(150), u64(100));
const timestamp = join(u64(999), le(1_700_000_000, 8));
const voters = join(u64(1), u64(12), key(3));
const prior = join(priorVoter(key(9), u64(1), u64(5)), priorRing(48), u64(0), [0]);
export const VOTE_V0 = pad(
  join(
    u32(0),
    key(1),
    key(3),
    u64(12),
    priorVoter(key(9), u64(1), u64(5), u64(40)),
    priorRing(56),
    u64(0),
    key(2),
    [8],
    u64(1),
    u64(500),
    u32(3),
    NONE,
    credits,
    timestamp,
  ),
  2_100,
);
export const VOTE_V1 = pad(
  join(
    u32(1),
    key(1),
    key(2),
    [8],
    u64(1),
    u64(500),
    u32(3),
    some(u64(400)),
    voters,
    prior,
    credits,
    timestamp,
  ),
  2_000,
);
export const VOTE_V3 = pad(
  join(
    u32(2),
    key(1),
    key(2),
    [8],
    u64(2),
    [1],
    u64(500),
    u32(3),
    [2],
    u64(501),
    u32(2),
    some(u64(400)),
    voters,
    prior,
    credits,
    timestamp,
  ),
  2_000,
);
export const VOTE_V4 = pad(
  join(
    u32(3),
    key(1),
    key(2),
    key(4),
    key(5),
    u16(800),
    u16(10_000),
    u64(6),
    some(fill(48, 3)),
    u64(1),
    [1],
    u64(500),
    u32(3),
    some(u64(400)),
    voters,
    credits,
    timestamp,
  ),
  500,
);

// --- tables, programs, configuration ------------------------------------------------------------

export const TABLE = join(
  u32(1),
  u64(U64_MAX),
  u64(321),
  [1],
  some(key(1)),
  u16(0),
  key(2),
  key(3),
);
export const FROZEN_TABLE = join(u32(1), u64(400), u64(321), [0], NONE, zeros(34), key(2));

export const UPGRADEABLE = join(u32(2), key(1));
export const PROGRAM_DATA = join(u32(3), u64(77), some(key(1)), [0x7f], fill(40, 1));
/** The authority was given up, and its key left behind. */
export const FINAL_PROGRAM_DATA = join(u32(3), u64(77), NONE, key(9), [0x7f], fill(40, 1));
export const BUFFER = join(u32(1), some(key(1)), [0x7f], fill(9, 1));
export const V4_PROGRAM = join(u64(5), key(1), u64(1), [0x7f], fill(9, 1));

const infoKey = addressBytes(parseAddress('Va1idator1nfo111111111111111111111111111111'));
const INFO = '{"name":"Größe","website":"https://x"}';
const INFO_BYTES = new TextEncoder().encode(INFO);
export const VALIDATOR_INFO = pad(
  join([2], infoKey, [0], key(2), [1], u64(INFO_BYTES.length), INFO_BYTES),
  300,
);
export const OTHER_CONFIG = join([1], key(9), [1], fill(7, 1));

export const MORE_GOLDEN: readonly Golden[] = [
  { name: 'edition', owner: TOKEN_METADATA, data: EDITION },
  { name: 'master edition v1', owner: TOKEN_METADATA, data: MASTER_EDITION_V1 },
  { name: 'master edition v2', owner: TOKEN_METADATA, data: MASTER_EDITION_V2 },
  { name: 'reservation list v1', owner: TOKEN_METADATA, data: RESERVATIONS_V1 },
  { name: 'reservation list v2', owner: TOKEN_METADATA, data: RESERVATIONS_V2 },
  { name: 'edition marker v1', owner: TOKEN_METADATA, data: MARKER_V1 },
  { name: 'edition marker v2', owner: TOKEN_METADATA, data: MARKER_V2 },
  { name: 'use authority record', owner: TOKEN_METADATA, data: USE_RECORD },
  { name: 'collection authority record', owner: TOKEN_METADATA, data: COLLECTION_RECORD },
  { name: 'old collection authority record', owner: TOKEN_METADATA, data: OLD_COLLECTION_RECORD },
  { name: 'escrow of a creator', owner: TOKEN_METADATA, data: ESCROW },
  { name: 'escrow of the owner', owner: TOKEN_METADATA, data: OWNER_ESCROW },
  { name: 'token record', owner: TOKEN_METADATA, data: TOKEN_RECORD },
  { name: 'empty token record', owner: TOKEN_METADATA, data: EMPTY_TOKEN_RECORD },
  { name: 'old token record', owner: TOKEN_METADATA, data: OLD_TOKEN_RECORD },
  { name: 'metadata delegate', owner: TOKEN_METADATA, data: METADATA_DELEGATE },
  { name: 'holder delegate', owner: TOKEN_METADATA, data: HOLDER_DELEGATE },
  { name: 'core asset', owner: CORE, data: CORE_ASSET },
  { name: 'core asset with every plugin', owner: CORE, data: FULL_CORE_ASSET },
  { name: 'core asset with a plugin of the future', owner: CORE, data: CORE_ASSET_OF_FUTURE },
  { name: 'core collection with an old plugin', owner: CORE, data: OLD_CORE_COLLECTION },
  { name: 'core group', owner: CORE, data: CORE_GROUP },
  { name: 'core hashed asset', owner: CORE, data: CORE_HASHED },
  { name: 'initialised stake', owner: STAKE, data: STAKE_INITIALIZED },
  { name: 'delegated stake', owner: STAKE, data: STAKE_DELEGATED },
  { name: 'rewards pool', owner: STAKE, data: REWARDS_POOL },
  { name: 'vote account v0.23.5', owner: VOTE, data: VOTE_V0 },
  { name: 'vote account v1.14.11', owner: VOTE, data: VOTE_V1 },
  { name: 'vote account v3', owner: VOTE, data: VOTE_V3 },
  { name: 'vote account v4', owner: VOTE, data: VOTE_V4 },
  { name: 'lookup table', owner: LOOKUP_TABLE, data: TABLE },
  { name: 'frozen lookup table', owner: LOOKUP_TABLE, data: FROZEN_TABLE },
  { name: 'upgradeable program', owner: LOADER_V3, data: UPGRADEABLE },
  { name: 'program data', owner: LOADER_V3, data: PROGRAM_DATA },
  { name: 'final program data', owner: LOADER_V3, data: FINAL_PROGRAM_DATA },
  { name: 'program buffer', owner: LOADER_V3, data: BUFFER },
  { name: 'loader v4 program', owner: LOADER_V4_PROGRAM, data: V4_PROGRAM },
  { name: 'validator info', owner: CONFIG, data: VALIDATOR_INFO },
  { name: 'configuration', owner: CONFIG, data: OTHER_CONFIG },
];
