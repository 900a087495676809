import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ControlPlane, startControlPlane } from '../cluster/control-plane';
import { crdFolder, installCrds } from '../cluster/crds';
import { PulumiProject } from './pulumi-project';

const CRDS = [
  'leaderworkersets',
  'inferencepools',
  'inferenceobjectives',
  'gateways',
  'httproutes',
  'referencegrants',
  'destinationrules',
  'podmonitors',
  'servicemonitors',
];

/** An API server and a folder for Pulumi's state, both of this test run alone. */
export class Stage {
  private constructor(
    readonly plane: ControlPlane,
    readonly kubeconfig: string,
    private readonly folder: string,
    private readonly path: readonly string[],
  ) {}

  /** @param path folders of Pulumi's programs */
  static async start(path: readonly string[]): Promise<Stage> {
    const crds = crdFolder();
    const plane = await startControlPlane();
    const folder = mkdtempSync(join(tmpdir(), 'cdk8s-llm-d-pulumi-'));
    try {
      await installCrds(plane.client, crds, CRDS);
    } catch (error) {
      await plane.stop();
      throw error;
    }
    const kubeconfig = kubeconfigOf(plane);
    writeFileSync(join(folder, 'kubeconfig'), kubeconfig, { mode: 0o600 });
    return new Stage(plane, kubeconfig, folder, path);
  }

  /** A project of the program of that name, with an empty stack. */
  async project(name: string): Promise<PulumiProject> {
    const project = new PulumiProject(name, { folder: this.folder, path: this.path, kubeconfig: join(this.folder, 'kubeconfig') });
    await project.init();
    return project;
  }

  async stop(): Promise<void> {
    await this.plane.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function kubeconfigOf({ server }: ControlPlane): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    clusters: [{ name: 'test', cluster: { server: server.url, 'certificate-authority-data': Buffer.from(server.ca).toString('base64') } }],
    users: [{ name: 'test', user: { token: server.token } }],
  });
}
