import { ApiError, type Transport } from '../../kube/rest/transport.js';
import { messageOf } from '../../kube/json.js';
import { quoted } from '../flags/usageError.js';

/** The cluster that a command talks to, as messages name it. */
export interface ClusterName {
  /** Base URL. */
  readonly server: string;
  /** undefined in a pod. */
  readonly context?: string | undefined;
  /** The kubeconfig, or `in-cluster`. */
  readonly source: string;
}

/**
 * The errors of a transport in kubectl's manner: which server and context, the likely cause, and the next step. Kind,
 * status and reason stay; errors that are no question of the connection or of rights stay as they are.
 */
export function explainErrors(transport: Transport, cluster: ClusterName): Transport {
  const explained = (error: unknown): unknown => {
    if (!(error instanceof ApiError)) return error;
    const sentence = explainApiError(error, cluster);
    if (sentence === undefined) return error;
    const { kind, status, reason, retryAfterMs } = error;
    return new ApiError(kind, sentence, { status, reason, retryAfterMs, cause: error });
  };
  return {
    send: async (request) => {
      try {
        return await transport.send(request);
      } catch (error) {
        throw explained(error);
      }
    },
    watch: async function* (request) {
      try {
        yield* transport.watch(request);
      } catch (error) {
        throw explained(error);
      }
    },
    close: () => transport.close(),
  };
}

/** One sentence; undefined for an error that says enough by itself. */
export function explainApiError(error: ApiError, cluster: ClusterName): string | undefined {
  const where = `the server ${cluster.server} (${placeOf(cluster)})`;
  const http = explainStatus(error, where, cluster);
  if (http !== undefined) return http;
  if (error.kind === 'timeout') return `${where} did not answer in time; ${UNREACHABLE}`;
  if (error.kind === 'malformed') return `${where} does not answer as a Kubernetes API server; ${WRONG_SERVER}`;
  if (error.kind !== 'network') return undefined;
  const text = messageOf(error.cause ?? error);
  const plugin = /spawn (\S+) E(NOENT|ACCES)/.exec(text)?.[1];
  if (plugin !== undefined) {
    return `could not run the credential plugin ${quoted(plugin)} that ${placeOf(cluster)} names; install it, or put it on the PATH`;
  }
  return explainCode(codeOf(error), text, where);
}

const UNREACHABLE = 'check the network, a VPN or a firewall, and the address in the kubeconfig';
const WRONG_SERVER = 'check the server in the kubeconfig, and whether a proxy or a login page is in between';
const LIST_CONTEXTS = '"kubectl config get-contexts" lists the contexts';

function placeOf({ context, source }: ClusterName): string {
  return context === undefined ? source : `context ${quoted(context)} of ${source}`;
}

function explainStatus(error: ApiError, where: string, { server }: ClusterName): string | undefined {
  const { status, reason } = error;
  if (status === 401) {
    return `${where} does not accept the credentials: they are wrong, expired or of another cluster; log in again, or choose another context`;
  }
  if (status === 403) return explainForbidden(error, where);
  // Go's servers answer so on the port of TLS; it is no Status object.
  if (status === 400 && reason === '' && server.startsWith('http:')) {
    return `${where} refuses plain HTTP; write https:// in the kubeconfig`;
  }
  if (reason === '' && ((status >= 300 && status < 400) || (status === 404 && error.message.includes('/api/v1/')))) {
    return `${where} does not answer as a Kubernetes API server (${status}); ${WRONG_SERVER}`;
  }
  return undefined;
}

/** By the API server's own sentence: `nodes is forbidden: User "jane" cannot list resource "nodes" in API group …`. */
function explainForbidden(error: ApiError, where: string): string {
  const match = /User "([^"]*)" cannot (\S+) resource "([^"]*)"(?: in API group "([^"]*)")?( .*)?$/s.exec(
    error.message,
  );
  const [, user = '', verb = '', resource = '', group = '', scope = ''] = match ?? [];
  if (match === null) return `${where} forbids this: ${error.message}; ask for the right, or choose another context`;
  const what = group === '' ? resource : `${resource}.${group}`;
  const place = /in the namespace "([^"]+)"/.exec(scope)?.[1];
  const check = `kubectl auth can-i ${verb} ${what} ${place === undefined ? '-A' : `-n ${place}`}`;
  return `user ${quoted(user)} may not ${verb} ${what} ${place === undefined ? 'in the whole cluster' : `in the namespace ${place}`} on ${where}; ask for that right ("${check}" shows whether it is there), or choose another context`;
}

function codeOf(error: ApiError): string {
  const { code } = (error.cause ?? {}) as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : (/\b(E[A-Z_]{4,})\b/.exec(error.message)?.[1] ?? '');
}

function explainCode(code: string, text: string, where: string): string | undefined {
  switch (code) {
    case 'ECONNREFUSED':
      return `${where} refused the connection: nothing listens there; start the cluster, or choose another context (${LIST_CONTEXTS})`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the host name of ${where} is unknown; check the server in the kubeconfig, DNS and a VPN`;
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `${where} cannot be reached; ${UNREACHABLE}`;
    case 'ECONNRESET':
    case 'EPIPE':
      return `${where} closed the connection; check that it is the address of an API server, and that https:// and http:// are right`;
    case 'EPROTO':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return /alert/.test(text)
        ? refusedByTls(where)
        : `${where} does not speak TLS; write http:// in the kubeconfig if that is meant, or the port of the API server`;
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'CERT_SIGNATURE_FAILURE':
      return `the certificate of ${where} is signed by an unknown authority; set certificate-authority-data in the kubeconfig to the cluster's own CA`;
    case 'CERT_HAS_EXPIRED':
    case 'CERT_NOT_YET_VALID':
      return `the certificate of ${where} is not valid today; renew the certificates of the control plane ("kubeadm certs check-expiration"), or set the clock of this machine`;
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `the certificate of ${where} is for other names than this address; use one of its names, or set tls-server-name in the kubeconfig`;
    default:
      return code.startsWith('ERR_SSL_') && /alert/i.test(text + code) ? refusedByTls(where) : undefined;
  }
}

function refusedByTls(where: string): string {
  return `${where} refuses the TLS handshake: the client certificate in the kubeconfig is missing, expired or of another cluster; fetch the kubeconfig again`;
}

/** The same for a cluster that cannot even be named: no kubeconfig, or one without the context. */
export function explainAccessError(error: unknown): string {
  const message = messageOf(error).replace(/\.$/, '');
  const code = (((error as Partial<Error>).cause ?? {}) as NodeJS.ErrnoException).code;
  const file = /^kubeconfig (.+): cannot be read/.exec(message)?.[1];
  if (file !== undefined && code === 'ENOENT') {
    return `the kubeconfig ${file} does not exist; name another with --kubeconfig or the variable KUBECONFIG`;
  }
  if (file !== undefined && code === 'EACCES') {
    return `the kubeconfig ${file} may not be read by this user; change its permissions`;
  }
  if (/there is no context/.test(message)) return `${message}; ${LIST_CONTEXTS}`;
  if (/current-context is not set/.test(message)) return `${message}; name one with --context (${LIST_CONTEXTS})`;
  if (/^No cluster to connect to/.test(message))
    return `${message}; name a kubeconfig with --kubeconfig, or read files with -f`;
  return message;
}
