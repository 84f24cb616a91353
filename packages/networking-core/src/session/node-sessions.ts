// The node's side of all sessions.
import { StreamSyncError } from '@streamsync/domain';
import type { NodeSessions, NodeSessionsOptions } from './node-sessions-port.ts';

export function createNodeSessions(options: NodeSessionsOptions): NodeSessions {
  throw new StreamSyncError('INTERNAL', { sessionsMax: options.sessionsMax });
}
