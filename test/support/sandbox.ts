import { systemClock } from '../../src/kube/clock.js';
import { anonymousAccess } from '../../src/kube/auth/credentials.js';
import { HttpTransport } from '../../src/kube/rest/httpTransport.js';
import { SandboxApiServer, type SandboxServerOptions } from '../../src/sandbox/server/apiServer.js';

export interface RunningSandbox {
  readonly server: SandboxApiServer;
  readonly transport: HttpTransport;
  stop(): Promise<void>;
}

/** A stand-in API server on 127.0.0.1 and a transport to it. */
export async function startSandbox(options: SandboxServerOptions = {}): Promise<RunningSandbox> {
  const server = new SandboxApiServer(options);
  const url = await server.listen();
  const transport = new HttpTransport({ access: anonymousAccess(url), userAgent: 'test/1', clock: systemClock });
  return {
    server,
    transport,
    stop: async () => {
      transport.close();
      await server.close();
    },
  };
}
