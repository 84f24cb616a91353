// What may be said of data that a Yellowstone source did not name.
import { type Address, addressBytes, StreamSyncError } from '@streamsync/domain';
import type { SourceCoverage } from '../chain-source.ts';
import type { FollowedPrograms } from '../rpc/followed-programs.ts';
import type { YellowstoneSourceOptions } from './yellowstone-options.ts';

/** @throws StreamSyncError CONFIG_INVALID where nothing is followed */
export function coverageOf(
  { everyAccount, programs = [], addresses = [] }: YellowstoneSourceOptions,
  followed: FollowedPrograms,
): SourceCoverage {
  if (everyAccount) {
    const isComplete = () => followed.isComplete;
    return { absentIsKnown: isComplete, followsProgram: isComplete, isFed: false };
  }
  if (programs.length + addresses.length === 0) {
    throw new StreamSyncError(
      'CONFIG_INVALID',
      {},
      {
        message:
          'A Yellowstone source without every account follows declared addresses and programs: declare some.',
      },
    );
  }
  const keys = (list: readonly Address[]) => new Set(list.map((each) => text(addressBytes(each))));
  const [addressKeys, programKeys] = [keys(addresses), keys(programs)];
  return {
    absentIsKnown: (address) => addressKeys.has(text(address)),
    followsProgram: (program) => programKeys.has(text(program)),
    isFed: false,
  };
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
