// The list of specialisations: the one place that knows them all.
import type { Specialisation } from '@streamsync/domain';
import { archive } from './archive/archive.ts';
import { cache } from './cache/cache.ts';
import type { SpecialisationDefinition } from './specialisation.ts';
import { speed } from './speed/speed.ts';

export const SPECIALISATION_DEFINITIONS: Readonly<
  Record<Specialisation, SpecialisationDefinition>
> = { speed, cache, archive };
