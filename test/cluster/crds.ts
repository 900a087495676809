import { setTimeout as sleep } from 'node:timers/promises';
import { type CustomResourceDefinition, readCrds } from '../conformance/crd-files';
import type { KubeClient } from './kube-client';

const ESTABLISHED_TIMEOUT_MS = 120_000;

/** The folder of `CRD_DIR`. The cluster tests are asked for by name, so without it they fail instead of testing less. */
export function crdFolder(): string {
  const folder = process.env.CRD_DIR;
  if (!folder) throw new Error('set CRD_DIR to a folder with the CRD files (*.yaml, at any depth) that the examples need');
  return folder;
}

/**
 * Installs every CRD below the folder and returns their number once the API server serves all of them.
 * @param resources only these, by their plural names
 */
export async function installCrds(client: KubeClient, folder: string, resources?: readonly string[]): Promise<number> {
  const crds = readCrds(folder).filter(({ spec }) => resources === undefined || resources.includes(spec.names.plural));
  const deadline = Date.now() + ESTABLISHED_TIMEOUT_MS;
  // All at once (the client's sockets are the limit): the API server waits some seconds before it establishes each.
  await Promise.all(
    crds.map(async (crd) => {
      await client.apply(crd);
      await established(client, crd, deadline);
    }),
  );
  return crds.length;
}

async function established(client: KubeClient, crd: CustomResourceDefinition, deadline: number): Promise<void> {
  while (Date.now() < deadline) {
    // Discovery lists a kind only once it is established, and its answer is small: some CRDs are more than a megabyte.
    if (await served(client, crd)) {
      const { status } = (await client.get(crd)) as CustomResourceDefinition;
      if (status?.conditions?.some((condition) => condition.type === 'Established' && condition.status === 'True')) return;
    }
    await sleep(200);
  }
  const { status } = ((await client.get(crd)) ?? crd) as CustomResourceDefinition;
  throw new Error(`CRD ${crd.metadata.name} is not established: ${JSON.stringify(status?.conditions ?? [])}`);
}

async function served(client: KubeClient, { spec }: CustomResourceDefinition): Promise<boolean> {
  const versions = spec.versions.filter((version) => version.served);
  const answers = await Promise.all(versions.map((version) => client.serves(`${spec.group}/${version.name}`, spec.names.kind)));
  return answers.every(Boolean);
}
