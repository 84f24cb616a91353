#!/usr/bin/env node
// The command `streamsync`: what an operator starts, and nothing else.
import { createProgram } from './cli/program.ts';

await createProgram().parseAsync();
