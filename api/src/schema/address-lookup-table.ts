// Address lookup tables.
import { accountType } from './account-type.ts';

accountType(
  'addressLookupTable',
  'Addresses that transactions name by their place here.',
  (is) => ({
    authority: is.maybe('Address', (table) => table.authority, 'Null: the table is frozen.'),
    authorityAccount: is.link((table) => table.authority),
    deactivationSlot: is.maybe('Slot', (table) => table.deactivationSlot, 'Null: in use.'),
    lastExtendedSlot: is.value(
      'Slot',
      (table) => table.lastExtendedSlot,
      'Addresses added in this slot serve from the next one on.',
    ),
    lastExtendedStartIndex: is.value('Int', (table) => table.lastExtendedStartIndex),
    addresses: is.list('Address', (table) => table.addresses),
  }),
);
