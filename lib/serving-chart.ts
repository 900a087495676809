import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import type { Cluster } from './cluster/cluster';
import { recordImages } from './router/image-manifest';
import { checkMethod } from './util/check';
import { checkLabels, checkNamespace } from './util/dns';
import { type PropTable, propsBelow } from './util/props';
import { atPath } from './validation/error';
import { SynthValidation } from './validation/synth-validation';
import { ImageMirror } from './values/image-mirror';
import { ImageRegistry } from './values/image-registry';
import type { NameStyle } from './values/name-style';
import type { Release } from './values/release';

/** Properties of a {@link ServingChart}. */
export interface ServingChartProps {
  /**
   * Namespace of all its objects; it must exist.
   *
   * @default - none is written: `kubectl apply -n` decides
   */
  readonly namespace?: string;
  /**
   * What the cluster underneath is like.
   *
   * @default Cluster.generic()
   */
  readonly cluster?: Cluster;
  /**
   * The images that are deployed together.
   *
   * @default Release.LATEST
   */
  readonly release?: Release;
  /**
   * Registry, with an optional path, to which the router's image was pushed.
   *
   * @default - the environment variable `CDK8S_LLM_D_REGISTRY`, else `imageMirror`, else none, and the synth warns
   */
  readonly imageRegistry?: string;
  /**
   * Registry, with an optional path, that has copies of all images, for a cluster that reaches no other: every image that an object of
   * this chart names is written as the mirror has it, e.g. `ghcr.io/llm-d/x:v1` as `<mirror>/ghcr.io/llm-d/x:v1`; also of objects that are
   * not of this library. Images below `imageRegistry` stay. `ImageMirror.of` for another layout; `npx cdk8s-llm-d images` lists what
   * must be copied.
   *
   * @default - the environment variable `CDK8S_LLM_D_IMAGE_MIRROR`, else none: images are pulled from where they are published
   */
  readonly imageMirror?: string | ImageMirror;
  /**
   * How servers and gateways without a `name` are named.
   *
   * @default NameStyle.PLAIN
   */
  readonly nameStyle?: NameStyle;
  /**
   * Labels of all its objects (not of their pods). `app.kubernetes.io/part-of` is `llm-d` unless it is among them;
   * `app.kubernetes.io/name` is always that of the server, router, gateway or route that an object belongs to.
   *
   * @default - none
   */
  readonly labels?: Readonly<Record<string, string>>;
}

const PROPS: PropTable<ServingChartProps> = {
  namespace: 'text',
  cluster: 'value',
  release: 'value',
  imageRegistry: 'text',
  imageMirror: 'value',
  nameStyle: 'value',
  labels: 'record',
};

/** A chart, so one YAML file, that carries the cluster, the release and the image registry of everything in it. */
export class ServingChart extends Chart {
  constructor(scope: Construct, id: string, props: ServingChartProps = {}) {
    const given = propsBelow(scope, id, 'ServingChart', props, PROPS, new.target !== ServingChart);
    super(scope, id, {
      ...(given.namespace === undefined ? {} : { namespace: given.namespace }),
      ...(given.labels === undefined ? {} : { labels: { ...given.labels } }),
    });
    atPath(this.node.path, () => {
      checkNamespace('namespace', given.namespace);
      checkLabels(given.labels ?? {});
      checkMethod('cluster', given.cluster, 'applyTo', 'Cluster, e.g. Cluster.eks()');
      checkMethod('release', given.release, 'applyTo', 'Release');
      checkMethod('nameStyle', given.nameStyle, 'applyTo', 'NameStyle');
    });
    given.cluster?.applyTo(this);
    given.release?.applyTo(this);
    given.nameStyle?.applyTo(this);
    // Also when no router is below it any more: a manifest of earlier times would name images that nobody needs.
    recordImages(this);
    if (given.imageRegistry !== undefined) {
      const registry = given.imageRegistry;
      atPath(this.node.path, () => ImageRegistry.applyTo(this, registry));
    }
    if (given.imageMirror !== undefined) {
      const mirror = given.imageMirror;
      atPath(this.node.path, () => ImageMirror.applyTo(this, mirror));
    }
    // Also with no construct of ours below it: what a mirror cannot have is told before anything is written.
    SynthValidation.of(this.node.root);
  }
}
