import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { hostPort } from '../plugin/endpoint';
import { ApiClient } from './api-client';

type Env = Readonly<Record<string, string | undefined>>;

/** Where a pod finds its token and the authority of the API server. */
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The API server of the environment: KUBECONFIG, else the service account of the pod, else `~/.kube/config`.
 * Source of the order: controller-runtime.
 * @throws Error when there is none, or when the kubeconfig can not be used
 */
export async function clusterClient(env: Env): Promise<ApiClient> {
  if (env.KUBECONFIG) return kubeconfigClient(env.KUBECONFIG);
  const inCluster = serviceAccountClient(env, SERVICE_ACCOUNT);
  if (inCluster !== undefined) return inCluster;
  const file = join(env.HOME || homedir(), '.kube', 'config');
  if (existsSync(file)) return kubeconfigClient(file);
  throw new Error(
    `no cluster: KUBECONFIG is not set, there is no service account in ${SERVICE_ACCOUNT} and no ${file}; ` +
      'without a cluster, name a file-discovery plugin in dataLayer.discovery',
  );
}

/**
 * A client with a pod's own rights; undefined outside of a pod. Both files are read for each request: the kubelet replaces the token
 * long before it runs out, and requests are few.
 */
export function serviceAccountClient(env: Env, folder: string): ApiClient | undefined {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
  const tokenFile = join(folder, 'token');
  if (!host || !port || !existsSync(tokenFile)) return undefined;
  return new ApiClient(new URL(`https://${hostPort(host, Number(port))}`), async (options) => {
    const [token, ca] = await Promise.all([readFile(tokenFile, 'utf8'), readFile(join(folder, 'ca.crt'), 'utf8')]);
    options.headers = { ...options.headers, authorization: `Bearer ${token.trim()}` };
    options.ca = ca;
  });
}

/** Logs in in all the ways that a kubeconfig knows. Several files are merged, as kubectl does it. */
async function kubeconfigClient(files: string): Promise<ApiClient> {
  const [first = '', ...others] = files.split(delimiter).filter((file) => file !== '');
  for (const file of [first, ...others]) if (!existsSync(file)) throw new Error(`there is no kubeconfig ${file}`);
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  try {
    config.loadFromFile(first);
    for (const file of others) {
      const other = new KubeConfig();
      other.loadFromFile(file);
      config.mergeConfig(other, true);
    }
  } catch (cause) {
    throw new Error(`the kubeconfig ${files} can not be read: ${(cause as Error).message}`, { cause });
  }
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error(`the kubeconfig ${files} has no current context, or none with a cluster`);
  return new ApiClient(new URL(cluster.server), (options) => config.applyToHTTPSOptions(options));
}
