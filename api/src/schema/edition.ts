// Editions of Metaplex Token Metadata: the master edition, what was printed from it, and the markers of
// which numbers are taken.
import { printedPlaces } from '@streamsync/program-parser';
import { accountType } from './account-type.ts';
import { builder } from './builder.ts';

accountType(
  'masterEdition',
  'The original of which editions can be printed; it also shows that a mint is not fungible.',
  (is) => ({
    version: is.value('String', (edition) => edition.version, 'v1 or v2.'),
    supply: is.value('U64', (edition) => edition.supply, 'Editions printed so far.'),
    maxSupply: is.maybe('U64', (edition) => edition.maxSupply, 'Null: no limit.'),
    printingMint: is.maybe(
      'Address',
      (edition) => (edition.version === 'v1' ? edition.printingMint : null),
      'v1 alone: one of its tokens prints one edition.',
    ),
    printingMintAccount: is.link((edition) =>
      edition.version === 'v1' ? edition.printingMint : null,
    ),
    oneTimePrintingAuthorizationMint: is.maybe('Address', (edition) =>
      edition.version === 'v1' ? edition.oneTimePrintingAuthorizationMint : null,
    ),
    oneTimePrintingAuthorizationMintAccount: is.link((edition) =>
      edition.version === 'v1' ? edition.oneTimePrintingAuthorizationMint : null,
    ),
  }),
);

accountType('edition', 'One print of a master edition.', (is) => ({
  parent: is.value('Address', (edition) => edition.parent, 'The master edition.'),
  parentAccount: is.link((edition) => edition.parent),
  edition: is.value('U64', (edition) => edition.edition, 'Its number, from 1.'),
}));

accountType('editionMarker', 'Which numbers of a master edition are printed.', (is) => ({
  version: is.value('String', (marker) => marker.version, 'v1: one of many, v2: the only one.'),
  ledger: is.bytes((marker) => marker.ledger, 'A bit a number, the highest bit of a byte first.'),
  printedPlaces: is.list(
    'Int',
    (marker) => printedPlaces(marker.ledger),
    'The bits that are set, from 0: in v1 the number less the first of this marker.',
  ),
}));

interface Reservation {
  readonly address: string;
  readonly spotsRemaining: bigint;
  readonly totalSpots: bigint;
}

const ReservationRef = builder.objectRef<Reservation>('Reservation').implement({
  fields: (t) => ({
    address: t.expose('address', { type: 'Address', nullable: false }),
    spotsRemaining: t.expose('spotsRemaining', { type: 'U64', nullable: false }),
    totalSpots: t.expose('totalSpots', { type: 'U64', nullable: false }),
  }),
});

accountType('reservationList', 'Who had reserved editions; of the past.', (is) => ({
  version: is.value('String', (list) => list.version),
  masterEdition: is.value('Address', (list) => list.masterEdition),
  masterEditionAccount: is.link((list) => list.masterEdition),
  supplySnapshot: is.maybe('U64', (list) => list.supplySnapshot),
  reservations: is.objects(ReservationRef, (list) =>
    list.reservations.map(({ address, spotsRemaining, totalSpots }) => ({
      address,
      spotsRemaining: BigInt(spotsRemaining),
      totalSpots: BigInt(totalSpots),
    })),
  ),
}));
