import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ControlPlane, startControlPlane } from '../cluster/control-plane';
import { crdFolder, installCrds } from '../cluster/crds';
import type { KubeObject } from '../conformance/manifests';
import { Controllers } from './controllers';
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

/** The first run on a machine builds the API server. */
export const START_MS = 30 * 60_000;
/** A program that hangs must fail its test, not stop all of them. */
export const RUN_MS = 5 * 60_000;
export const STOP_MS = 30_000;

/** An API server and a folder for Pulumi's state, both of this test run alone. */
export class Stage {
  private readonly controllers: Controllers[] = [];

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
    try {
      await installCrds(plane.client, crds, CRDS);
    } catch (error) {
      await plane.stop();
      throw error;
    }
    const folder = mkdtempSync(join(tmpdir(), 'cdk8s-llm-d-pulumi-'));
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

  /** Controllers for objects of these kinds, until the stage stops. */
  control(namespace: string, objects: readonly KubeObject[]): Controllers {
    const controllers = new Controllers(this.plane.client, namespace, objects);
    this.controllers.push(controllers);
    controllers.start();
    return controllers;
  }

  async stop(): Promise<void> {
    try {
      await Promise.all(this.controllers.map((controllers) => controllers.stop()));
    } finally {
      await this.plane.stop();
      rmSync(this.folder, { recursive: true, force: true });
    }
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
