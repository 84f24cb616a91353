// The directives of an operation: how much agreement, at which slot, by when. The planner reads
// them; resolvers never do.

import type { GraphQLScalarType } from 'graphql/index.js';
import {
  DirectiveLocation,
  GraphQLDirective,
  GraphQLEnumType,
  GraphQLInt,
  GraphQLNonNull,
} from 'graphql/index.js';

const TrustEnum = new GraphQLEnumType({
  name: 'Trust',
  description: 'How many racers must agree before an answer is served.',
  values: {
    FAST: { description: 'The first eligible answer, checked after it was served.' },
    MAJORITY: { description: 'Two of three operators agree, or three of five.' },
    UNANIMOUS: { description: 'All operators of the race agree.' },
  },
});

/** The directives, over the schema's own Slot scalar. */
export function queryDirectives(slotScalar: GraphQLScalarType): readonly GraphQLDirective[] {
  return [
    new GraphQLDirective({
      name: 'consistency',
      description: 'How the answers of this query are verified; MAJORITY of 3 by default.',
      locations: [DirectiveLocation.QUERY],
      args: {
        trust: { type: TrustEnum, defaultValue: 'MAJORITY' },
        racers: { type: GraphQLInt, defaultValue: 3, description: '3 or 5.' },
      },
    }),
    new GraphQLDirective({
      name: 'slot',
      description: 'The slot at which every field reads that names none itself.',
      locations: [DirectiveLocation.QUERY],
      args: { at: { type: new GraphQLNonNull(slotScalar) } },
    }),
    new GraphQLDirective({
      name: 'deadline',
      description: 'Races that have no agreement by then fail; milliseconds from the request.',
      locations: [DirectiveLocation.QUERY],
      args: { ms: { type: new GraphQLNonNull(GraphQLInt) } },
    }),
  ];
}
