// The instructions of the program loaders: version 2 (and the first, of the same form), the upgradeable
// loader (version 3) and version 4. Source: solana-loader-v2-interface, -v3-interface and -v4-interface,
// bincode.
import type { Address } from '@streamsync/domain';
import * as arg from '../../transactions/argument-codecs.ts';
import { instruction, instructionTable } from '../../transactions/instruction-table.ts';

const { bytes64, trailing, bool, u32, u64 } = arg;

export const LOADER_V2_INSTRUCTIONS = instructionTable({
  program: 'loaderV2',
  programIds: [
    'BPFLoader1111111111111111111111111111111111' as Address,
    'BPFLoader2111111111111111111111111111111111' as Address,
  ],
  tagWidth: 'u32',
  instructions: {
    write: instruction(0, ['account'], { offset: u32, bytes: bytes64 }),
    finalize: instruction(1, ['account', 'rentSysvar?']),
  },
});

export const UPGRADEABLE_LOADER_INSTRUCTIONS = instructionTable({
  program: 'upgradeableLoader',
  programIds: ['BPFLoaderUpgradeab1e11111111111111111111111' as Address],
  tagWidth: 'u32',
  instructions: {
    initializeBuffer: instruction(0, ['account', 'authority?']),
    write: instruction(1, ['account', 'authority'], { offset: u32, bytes: bytes64 }),
    deployWithMaxDataLen: instruction(
      2,
      [
        'payer',
        'programDataAccount',
        'programAccount',
        'bufferAccount',
        'rentSysvar',
        'clockSysvar',
        'systemProgram',
        'authority',
      ],
      { maxDataLen: u64, closeBuffer: trailing(bool) },
    ),
    upgrade: instruction(
      3,
      [
        'programDataAccount',
        'programAccount',
        'bufferAccount',
        'spillAccount',
        'rentSysvar',
        'clockSysvar',
        'authority',
      ],
      { closeBuffer: trailing(bool) },
    ),
    /** Without a new authority the program becomes immutable. */
    setAuthority: instruction(4, ['account', 'authority', 'newAuthority?']),
    close: instruction(5, ['account', 'recipient', 'authority?', 'programAccount?']),
    extendProgram: instruction(
      6,
      ['programDataAccount', 'programAccount', 'systemProgram?', 'payer?'],
      { additionalBytes: u32 },
    ),
    setAuthorityChecked: instruction(7, ['account', 'authority', 'newAuthority']),
    migrate: instruction(8, ['programDataAccount', 'programAccount', 'authority']),
    extendProgramChecked: instruction(
      9,
      ['programDataAccount', 'programAccount', 'authority', 'systemProgram?', 'payer?'],
      { additionalBytes: u32 },
    ),
  },
});

export const LOADER_V4_INSTRUCTIONS = instructionTable({
  program: 'loaderV4',
  programIds: ['LoaderV411111111111111111111111111111111111' as Address],
  tagWidth: 'u32',
  instructions: {
    write: instruction(0, ['programAccount', 'authority'], { offset: u32, bytes: bytes64 }),
    copy: instruction(1, ['programAccount', 'authority', 'sourceAccount'], {
      destinationOffset: u32,
      sourceOffset: u32,
      length: u32,
    }),
    setProgramLength: instruction(2, ['programAccount', 'authority', 'recipient?'], {
      newSize: u32,
    }),
    deploy: instruction(3, ['programAccount', 'authority', 'sourceAccount?']),
    retract: instruction(4, ['programAccount', 'authority']),
    transferAuthority: instruction(5, ['programAccount', 'authority', 'newAuthority']),
    finalize: instruction(6, ['programAccount', 'authority', 'nextVersionAccount?']),
  },
});
