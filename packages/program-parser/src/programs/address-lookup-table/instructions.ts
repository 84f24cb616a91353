// The instructions of the address lookup table program. Source: solana-address-lookup-table-interface
// `ProgramInstruction`, bincode.
import type { Address } from '@streamsync/domain';
import * as arg from '../../transactions/argument-codecs.ts';
import { instruction, instructionTable } from '../../transactions/instruction-table.ts';

const { address, list, u64, u8 } = arg;

export const ADDRESS_LOOKUP_TABLE_INSTRUCTIONS = instructionTable({
  program: 'addressLookupTable',
  programIds: ['AddressLookupTab1e1111111111111111111111111' as Address],
  tagWidth: 'u32',
  instructions: {
    createLookupTable: instruction(0, ['lookupTable', 'authority', 'payer', 'systemProgram'], {
      recentSlot: u64,
      bump: u8,
    }),
    freezeLookupTable: instruction(1, ['lookupTable', 'authority']),
    /** The payer is given where the table must grow. */
    extendLookupTable: instruction(2, ['lookupTable', 'authority', 'payer?', 'systemProgram?'], {
      newAddresses: list(address, { count: 'u64', itemBytesMin: 32 }),
    }),
    deactivateLookupTable: instruction(3, ['lookupTable', 'authority']),
    closeLookupTable: instruction(4, ['lookupTable', 'authority', 'recipient']),
  },
});
