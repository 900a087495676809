import { join } from 'node:path';
import { DOCKERFILE } from '../layout';
import type { Step } from './run-step';

/** An image to build. */
export interface BuildJob {
  readonly reference: string;
  /** Folder with the staged context. */
  readonly context: string;
  readonly platforms: readonly string[];
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly target: string | undefined;
  /** True when the registry is not asked for a good certificate. */
  readonly insecure: boolean;
}

/** A tool that builds images. */
export interface Builder {
  /** What users call it. */
  readonly name: string;
  /** A call that succeeds where the tool is. */
  readonly probe: Step;
  /**
   * What the tool answers to that, where another one has been given its name.
   * @default whatever answers is the tool
   */
  readonly answer?: RegExp;
  /** Builds; the result stays with the tool. */
  build(job: BuildJob): readonly Step[];
  /** Builds for one platform, into the store that the tool starts containers from. */
  load(job: BuildJob, platform: string): readonly Step[];
  /** Builds, pushes, and writes the digest of the index into a file. */
  push(job: BuildJob, digestFile: string): readonly Step[];
  /** Clears away what a push has left behind, whether it went well or not. */
  discard(job: BuildJob): readonly Step[];
  /** The digest from what the file holds; undefined when it is not in it. */
  digest(content: string): unknown;
}

/**
 * Times in the image: a build on another day or machine gives the same digest. BuildKit sets those of the configuration only; files and
 * folders have those of the context. Its `rewrite-timestamp`, which sets them too, is refused by a Docker with the containerd image store.
 */
const EPOCH = '0';

function common({ context, buildArgs, target }: BuildJob): readonly string[] {
  const args = Object.entries(buildArgs).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
  return ['--file', join(context, DOCKERFILE), ...args, ...(target === undefined ? [] : ['--target', target])];
}

/** `docker buildx`: one call for all platforms, which pushes by itself. Source: docs.docker.com/reference/cli/docker/buildx/build. */
function buildx(): Builder {
  const call = (job: BuildJob, platforms: readonly string[], ...more: readonly string[]): Step => ({
    program: 'docker',
    // An attestation of the build would hold the time and change the digest of the index each time.
    args: [
      ...['buildx', 'build', '--platform', platforms.join(','), '--tag', job.reference, '--provenance=false'],
      ...[...common(job), ...more, job.context],
    ],
    env: { SOURCE_DATE_EPOCH: EPOCH },
  });
  return {
    name: 'docker',
    probe: { program: 'docker', args: ['buildx', 'version'] },
    // Podman, which some distributions install as `docker` too, answers "buildah 1.33" and takes none of these options.
    answer: /buildx/,
    // Docker's own store need not be able to hold an index; the builder's cache is what a push builds on.
    build: (job) => [call(job, job.platforms, '--output', 'type=cacheonly')],
    // Of a daemon that is not there buildx says "read/write on closed pipe".
    load: (job, platform) => [
      {
        ...call(job, [platform], '--load'),
        hint: '--load hands the image to the Docker daemon, if "docker info" finds one; podman and buildah need none',
      },
    ],
    push: (job, digestFile) => {
      // Builders differ in the format that they take by themselves, and so in the digest.
      const output = `type=registry,oci-mediatypes=true${job.insecure ? ',registry.insecure=true' : ''}`;
      return [call(job, job.platforms, '--output', output, '--metadata-file', digestFile)];
    },
    discard: () => [],
    digest: (content) => (JSON.parse(content) as Record<string, unknown>)['containerimage.digest'],
  };
}

/** A name that nobody else uses: an image under the reference may be in use by a container, and another process may push it as well. */
function indexName({ reference }: BuildJob): string {
  return `localhost/llm-d-epp-index-${process.pid}${reference.slice(reference.lastIndexOf(':'))}`;
}

/** The name of one platform's image in a list. */
function partName(list: string, platform: string): string {
  const colon = list.lastIndexOf(':');
  return `${list.slice(0, colon)}-${platform.replaceAll('/', '-')}${list.slice(colon)}`;
}

/** These tools read a name without a registry as one of `localhost/`, and the kubelet as one of Docker Hub. */
function kubeletName(reference: string): string {
  return reference.includes('/') ? reference : `docker.io/library/${reference}`;
}

/**
 * `podman` and `buildah`, which share their options. A list is made platform by platform: asked for several at once they finish in an
 * order of chance, which is the order in the list and so changes its digest. Sources: podman-build(1), buildah-build(1).
 */
function containers(program: 'podman' | 'buildah'): Builder {
  const verify = ({ insecure }: BuildJob): readonly string[] => (insecure ? ['--tls-verify=false'] : []);
  const build = (job: BuildJob, platform: string, ...name: readonly string[]): Step => ({
    program,
    args: [
      ...['build', '--platform', platform, ...name, '--format', 'oci', '--timestamp', EPOCH, '--layers=false'],
      ...[...verify(job), ...common(job), job.context],
    ],
  });
  // What has the name already would be added to, or, when it is no list, be in the way.
  const forget = (name: string): readonly Step[] => [
    { program, args: ['manifest', 'rm', name], mayFail: true },
    { program, args: ['rmi', name], mayFail: true },
  ];
  // An image of a list has a name of its own: one without can not be told from those of others when it is to be deleted.
  const list = (job: BuildJob, name: string): readonly Step[] => [
    ...forget(name),
    ...job.platforms.map((platform) => build(job, platform, '--manifest', name, '--tag', partName(name, platform))),
  ];
  return {
    name: program,
    probe: { program, args: ['--version'] },
    build: (job) => list(job, job.reference),
    load: (job, platform) => {
      const name = kubeletName(job.reference);
      return [...forget(name), build(job, platform, '--tag', name)];
    },
    push: (job, digestFile) => {
      const name = indexName(job);
      const options = ['--all', '--rm', '--digestfile', digestFile, ...verify(job)];
      return [...list(job, name), { program, args: ['manifest', 'push', ...options, name, `docker://${job.reference}`] }];
    },
    discard: (job) => [
      ...forget(indexName(job)),
      { program, args: ['rmi', ...job.platforms.map((platform) => partName(indexName(job), platform))], mayFail: true },
    ],
    digest: (content) => content.trim(),
  };
}

/** The tools, in the order in which they are looked for. */
export const BUILDERS: readonly Builder[] = [buildx(), containers('podman'), containers('buildah')];
