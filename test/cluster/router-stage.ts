import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Testing } from 'cdk8s';
import { RouterMetrics } from '../../lib/router/router-metrics';
import { RouterRbac } from '../../lib/router/router-rbac';
import { type Decision, ExtProcClient, type Question } from '../../router/test/support/ext-proc-client';
import { freePorts } from '../../router/test/support/free-ports';
import { RouterProcess } from '../../router/test/support/router-process';
import type { KubeObject } from '../conformance/manifests';
import type { ControlPlane } from './control-plane';

export const NAMESPACE = 'routing';
/** Every endpoint is as good as any other, so that each of them is soon picked. */
const CONFIG = JSON.stringify({
  apiVersion: 'llm-d.ai/v1alpha1',
  kind: 'EndpointPickerConfig',
  plugins: [{ type: 'random-picker' }],
  schedulingProfiles: [{ name: 'default', plugins: [{ pluginRef: 'random-picker' }] }],
});

/** Time within which a router must follow what happens in the cluster. */
const FOLLOW_MS = 1000;

/** A router that talks to the API server, and a data plane that talks to the router. */
export interface RunningRouter {
  readonly process: RouterProcess;
  readonly client: ExtProcClient;
  readonly metricsPort: number;
}

/** Pods without a kubelet, and routers whose rights are those that the library renders for them. */
export class RouterStage {
  private readonly folder = mkdtempSync(join(tmpdir(), 'llm-d-epp-cluster-test-'));
  private readonly routers: RunningRouter[] = [];

  constructor(readonly plane: ControlPlane) {}

  /** Starts a router whose service account has the rights of a rendered one. It need not be ready when this resolves. */
  async router(account: string, flags: readonly string[]): Promise<RunningRouter> {
    const [grpc, health, metricsPort] = (await freePorts(3)) as [number, number, number];
    const all = [
      `--config-text=${CONFIG}`,
      `--pool-namespace=${NAMESPACE}`,
      `--grpc-port=${grpc}`,
      `--metrics-port=${metricsPort}`,
      '--secure-serving=false',
      '--tracing=false',
      '--drain-timeout=100ms',
      ...flags,
    ];
    const env = {
      KUBECONFIG: this.kubeconfig(account, await this.token(account)),
      LLM_D_EPP_ADMIN_PORT: '0',
      POD_NAME: `${account}-7d9c5b8f6d-x2x4z`,
    };
    const running = { process: RouterProcess.start(all, health, env), client: new ExtProcClient(grpc), metricsPort };
    this.routers.push(running);
    return running;
  }

  async stop(): Promise<void> {
    for (const { client, process } of this.routers) {
      client.close();
      await process.stop();
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Creates an account with the roles of the library's router, no more. */
  async account(name: string, mode: 'pool' | 'selector', leaderElection: boolean): Promise<void> {
    const chart = Testing.chart();
    const rbac = new RouterRbac(chart, 'Rbac', { name, namespace: NAMESPACE, mode, leaderElection, labels: {} });
    const { serviceAccount } = rbac;
    new RouterMetrics(chart, 'Metrics', { name, namespace: NAMESPACE, labels: {}, serviceAccount, monitoring: true, auth: true });
    const objects = (Testing.synth(chart) as KubeObject[]).filter(({ kind }) => kind !== 'ServiceMonitor');
    for (const object of objects) await this.apply(object);
  }

  /** Token of a service account. */
  async token(account: string): Promise<string> {
    const path = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/${account}/token`;
    const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } };
    const { body } = await this.plane.client.request('POST', path, request);
    return (body as { status: { token: string } }).status.token;
  }

  async apply(object: KubeObject): Promise<void> {
    await this.plane.client.apply(object);
  }

  /** Creates a pod that is ready at an address of loopback. */
  async pod(name: string, address: string, labels: Readonly<Record<string, string>> = { app: 'vllm' }): Promise<void> {
    const spec = { containers: [{ name: 'vllm', image: 'example.com/vllm:test' }] };
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: NAMESPACE, labels }, spec };
    await this.plane.client.request('POST', podPath(''), pod);
    await this.ready(name, true, address);
  }

  /** What a kubelet would report. */
  async ready(name: string, isReady: boolean, address?: string): Promise<void> {
    const status = {
      ...(address !== undefined && { podIP: address, podIPs: [{ ip: address }] }),
      conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }],
    };
    await this.merge(`${podPath(name)}/status`, { status });
  }

  /** Changes labels or annotations; null removes one. */
  async mark(
    name: string,
    metadata: { labels?: Record<string, string | null>; annotations?: Record<string, string | null> },
  ): Promise<void> {
    await this.merge(podPath(name), { metadata });
  }

  async deletePod(name: string): Promise<void> {
    await this.plane.client.request('DELETE', `${podPath(name)}?gracePeriodSeconds=0`);
  }

  private async merge(path: string, body: object): Promise<void> {
    await this.plane.client.request('PATCH', path, body, 'application/merge-patch+json');
  }

  private kubeconfig(account: string, token: string): string {
    const { url, ca } = this.plane.server;
    const file = join(this.folder, `${account}-${this.routers.length}.kubeconfig`);
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'test',
      contexts: [{ name: 'test', context: { cluster: 'test', user: account } }],
      clusters: [{ name: 'test', cluster: { server: url, 'certificate-authority-data': Buffer.from(ca).toString('base64') } }],
      users: [{ name: account, user: { token } }],
    };
    writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
    return file;
  }
}

const podPath = (name: string): string => `/api/v1/namespaces/${NAMESPACE}/pods${name && `/${name}`}`;

/** Destinations of so many requests, each once, sorted. A refusal counts as its status. */
export async function picks({ client }: RunningRouter, count: number, question?: Question): Promise<string[]> {
  const seen = new Set<string>();
  for (let i = 0; i < count; i++) seen.add(nameOf(await client.ask(question)));
  return [...seen].sort();
}

const nameOf = ({ destination, status }: Decision): string => destination ?? String(status);

/**
 * Expects that all the given destinations are picked within a second, and from then on nothing else, for so many requests that a removed
 * endpoint would hardly hide.
 */
export async function expectPicks({ client }: RunningRouter, destinations: readonly string[], withinMs = FOLLOW_MS): Promise<void> {
  const end = performance.now() + withinMs;
  const seen = new Set<string>();
  for (let streak = 0; streak < 12 * destinations.length || seen.size < destinations.length; streak++) {
    const pick = nameOf(await client.ask());
    const isLate = performance.now() > end;
    if (destinations.includes(pick)) seen.add(pick);
    else if (isLate) throw new Error(`${pick} is still picked after ${withinMs} ms, wanted are ${destinations.join(', ')}`);
    else {
      streak = 0;
      seen.clear();
      await sleep(2);
    }
    if (isLate && streak > 40 * destinations.length) break;
  }
  expect([...seen].sort()).toEqual([...destinations].sort());
}
