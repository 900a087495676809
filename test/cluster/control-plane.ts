import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { controlPlaneBinaries } from './control-plane/binaries';
import { freePorts } from './control-plane/free-ports';
import { KeptProgram } from './control-plane/kept-program';
import { KubeClient } from './kube-client';

const READY_TIMEOUT_MS = 90_000;

/** What others need to talk to the API server. */
export interface ApiServerAccess {
  readonly url: string;
  /** Certificates that its own is to be checked with, as PEM. */
  readonly ca: string;
  /** Token of a user who may do everything. */
  readonly token: string;
}

/** An etcd and a kube-apiserver that belong to this test run alone. */
export interface ControlPlane {
  readonly client: KubeClient;
  readonly server: ApiServerAccess;
  /** Ends the API server; etcd keeps every object. */
  stopApiServer(): Promise<void>;
  /** Starts the API server again, at the same address and with the same certificate. Resolves when it answers. */
  startApiServer(): Promise<void>;
  /** Ends both programs and deletes their state. The logs stay if a program had failed, or if `CLUSTER_KEEP_LOGS=1`. */
  stop(): Promise<void>;
}

export async function startControlPlane(): Promise<ControlPlane> {
  const binaries = await controlPlaneBinaries();
  const state = mkdtempSync(join(tmpdir(), 'cdk8s-llm-d-cluster-'));
  const [clientPort, peerPort, apiPort] = (await freePorts(3)) as [number, number, number];
  const credentials = writeCredentials(state);

  const etcdFolder = join(state, 'etcd');
  const etcd = new KeptProgram(join(binaries, 'etcd'), etcdArguments(etcdFolder, clientPort, peerPort), etcdFolder);
  // Outside of the folder that is deleted when the API server ends: it keeps its certificate when it is started again.
  const pki = join(state, 'pki');
  const apiArguments = apiserverArguments(pki, credentials, clientPort, apiPort);
  const startApiserver = (): KeptProgram => new KeptProgram(join(binaries, 'kube-apiserver'), apiArguments, join(state, 'kube-apiserver'));
  let apiserver = startApiserver();
  // The API server is stopped first: without its etcd it would spend its shutdown on retries.
  const programs = (): KeptProgram[] => [apiserver, etcd];
  const stop = async (): Promise<void> => {
    const failed = programs().filter((program) => program.failed);
    for (const program of failed) process.stderr.write(`${describeEnd(program)}\n`);
    for (const program of programs()) await program.stop();
    if (failed.length === 0 && process.env.CLUSTER_KEEP_LOGS !== '1') rmSync(state, { recursive: true, force: true });
    else process.stderr.write(`logs are kept in ${state}\n`);
  };
  const certificate = join(pki, 'apiserver.crt');

  try {
    const client = await readyClient(certificate, apiPort, credentials.token, programs());
    return {
      client,
      server: { url: `https://127.0.0.1:${apiPort}`, ca: readFileSync(certificate, 'utf8'), token: credentials.token },
      stopApiServer: () => apiserver.stop(),
      startApiServer: async () => {
        apiserver = startApiserver();
        (await readyClient(certificate, apiPort, credentials.token, programs())).close();
      },
      // The client's idle connections would hold up the API server's shutdown.
      stop: () => Promise.resolve(client.close()).then(stop),
    };
  } catch (error) {
    const ends = programs().map(describeEnd).join('\n');
    for (const program of programs()) await program.stop();
    throw new Error(`the control plane did not start: ${(error as Error).message}\n${ends}\nlogs are kept in ${state}`);
  }
}

function describeEnd(program: KeptProgram): string {
  return `--- ${program.name} ${program.failed ? 'ended by itself' : 'was running'}; end of ${program.logFile}:\n${program.logTail()}`;
}

interface Credentials {
  readonly token: string;
  readonly tokenFile: string;
  readonly signingKeyFile: string;
}

/** Only the key that signs service account tokens is needed: the API server makes its own serving certificate, and we trust that. */
function writeCredentials(state: string): Credentials {
  const token = randomBytes(16).toString('hex');
  const tokenFile = join(state, 'tokens.csv');
  const signingKeyFile = join(state, 'service-accounts.key');
  writeFileSync(tokenFile, `${token},tests,tests,"system:masters"\n`, { mode: 0o600 });
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(signingKeyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  return { token, tokenFile, signingKeyFile };
}

function etcdArguments(folder: string, clientPort: number, peerPort: number): string[] {
  const client = `http://127.0.0.1:${clientPort}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  return [
    `--data-dir=${folder}`,
    // Nothing here outlives the run, so waiting for the disk buys nothing.
    '--unsafe-no-fsync',
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
  ];
}

function apiserverArguments(pki: string, credentials: Credentials, etcdPort: number, port: number): string[] {
  return [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${pki}`,
    // A loopback address is no legal endpoint of the `kubernetes` Service.
    '--endpoint-reconciler-type=none',
    '--service-cluster-ip-range=10.0.0.0/16',
    '--allow-privileged=true',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${credentials.signingKeyFile}`,
    `--service-account-signing-key-file=${credentials.signingKeyFile}`,
    `--token-auth-file=${credentials.tokenFile}`,
    '--authorization-mode=RBAC',
    '--profiling=false',
    // No controller creates the default service accounts that this plugin asks for.
    '--disable-admission-plugins=ServiceAccount',
  ];
}

async function readyClient(certificate: string, port: number, token: string, programs: readonly KeptProgram[]): Promise<KubeClient> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  let last = 'it has not written its certificate';
  while (Date.now() < deadline) {
    const failed = programs.find((program) => program.failed);
    if (failed) throw new Error(`${failed.name} ended`);
    if (existsSync(certificate)) {
      // A client is made anew for each try because the certificate file may have been read half-written.
      const client = new KubeClient({ port, token, ca: readFileSync(certificate, 'utf8') });
      try {
        await client.request('GET', '/readyz');
        return client;
      } catch (error) {
        last = (error as Error).message;
        client.close();
      }
    }
    await sleep(200);
  }
  throw new Error(`kube-apiserver was not ready after ${READY_TIMEOUT_MS / 1000} s: ${last}`);
}
