// Binding a server to a port, with one clear error when the port is taken.
import type { Server } from 'node:http';
import { StreamSyncError } from '@streamsync/domain';

/** @returns the port, which is a free one when `port` is 0. @throws StreamSyncError PORT_BUSY */
export function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (cause: NodeJS.ErrnoException) => {
      reject(
        cause.code === 'EADDRINUSE'
          ? new StreamSyncError(
              'PORT_BUSY',
              { host, port },
              { cause, message: `Port ${port} on ${host} is in use by another process.` },
            )
          : cause,
      );
    };
    server.once('error', onError);
    server.listen(port, host, () => {
      server.off('error', onError);
      const bound = server.address();
      resolve(typeof bound === 'object' && bound !== null ? bound.port : port);
    });
  });
}

/** A URL's host part: IPv6 addresses stand in brackets. */
export function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
