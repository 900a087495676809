import { Chart } from 'cdk8s';
import { ConfigMap, type Role, type RoleBinding, type ServiceAccount } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { Deployment } from '../manifests/deployment';
import { InferenceObjective } from '../manifests/inference-objective';
import { InferencePool } from '../manifests/inference-pool';
import { PodDisruptionBudget } from '../manifests/pod-disruption-budget';
import { Service } from '../manifests/service';
import { checkRendered } from '../routing/check-rendered';
import { moduleFindings } from '../routing/modules';
import { RoutingStrategy } from '../routing/routing-strategy';
import { strategyFindings } from '../routing/strategy-findings';
import { checkMethod } from '../util/check';
import { deepFreeze } from '../util/freeze';
import { propsAt } from '../util/props';
import { atPath, ensure } from '../validation/error';
import type { Finding } from '../validation/findings';
import { contribute } from '../validation/registry';
import { API } from '../versions';
import { EnvoySidecar } from './envoy-sidecar';
import { recordImages } from './image-manifest';
import { LatencyPredictor } from './latency-predictor';
import { planRouter } from './plan-router';
import { modulesOf } from './router-asset';
import { routerFindings } from './router-findings';
import { RouterImage } from './router-image';
import { routerLabels } from './router-labels';
import { RouterMetrics } from './router-metrics';
import type { RouterPlan } from './router-plan';
import { CONFIG_FILE, routerPod } from './router-pod';
import { type InferenceRouterProps, ROUTER_PROPS } from './router-props';
import { groupOf, RouterRbac } from './router-rbac';
import { disruptionSpec, rolloutStrategy } from './router-rollout';
import { poolSpec, serviceSpec } from './router-service';
import { variableFindings } from './router-variables';
import type { RouterSidecar } from './sidecar';
import { Tokenizer } from './tokenizer';

/**
 * The endpoint picker of one pool: the program that a gateway asks, for every request, which pod shall serve it. Emits its Deployment,
 * Service, account and permissions, its configuration, and the InferencePool that names it.
 */
export class InferenceRouter extends Construct {
  /** What this router is: names, ports, image, configuration. */
  readonly plan: RouterPlan;
  /** What is wrong or doubtful about it and its servers. Errors fail the synth. */
  readonly findings: readonly Finding[];
  /** How an InferencePool or a proxy names it. */
  readonly endpointPickerRef: { readonly name: string; readonly port: number };
  readonly deployment: Deployment;
  readonly service: Service;
  readonly serviceAccount: ServiceAccount;
  readonly role: Role;
  readonly roleBinding: RoleBinding;
  /** Holds the EndpointPickerConfig. */
  readonly configMap: ConfigMap;
  /** The pool of the servers; undefined with `mode: 'selector'`. */
  readonly pool: InferencePool | undefined;
  /** In the order of `objectives`. */
  readonly objectives: readonly InferenceObjective[];
  readonly disruptionBudget: PodDisruptionBudget | undefined;
  /** ServiceMonitor and who may scrape; empty unless `monitoring` or `metricsAuth`. */
  readonly metrics: RouterMetrics;
  /** The Envoy beside the router; undefined without `proxy`. */
  readonly envoy: EnvoySidecar | undefined;
  /** The render service; undefined unless the strategy needs one. */
  readonly tokenizer: Tokenizer | undefined;
  /** The predictor of an upstream router; undefined unless the strategy needs one. */
  readonly latencyPredictor: LatencyPredictor | undefined;

  constructor(scope: Construct, id: string, props: InferenceRouterProps) {
    super(scope, id);
    const { path } = this.node;
    const checked = <T>(build: () => T): T => atPath(path, build);
    const given = propsAt(this, 'InferenceRouter', props, ROUTER_PROPS, new.target !== InferenceRouter);
    const { servers } = given;
    checked(() =>
      ensure(servers?.poolLabels !== undefined, 'LLMD105', { prop: 'servers', change: 'give the `plan` of what serves the model' }),
    );
    const namespace = servers.namespace ?? Chart.of(this).namespace;
    checked(() => {
      checkMethod('routing', given.strategy, 'withScorer', 'RoutingStrategy, e.g. RoutingStrategy.prefixAware()');
      checkMethod('router.image', given.image, 'resolve', 'RouterImage, e.g. RouterImage.upstream() or RouterImage.of("registry/epp:tag")');
    });
    const strategy = given.strategy ?? RoutingStrategy.defaultFor(servers);
    const image = checked(() => (given.image ?? RouterImage.BUNDLED).resolve(this));

    this.tokenizer = strategy.needsTokenizer
      ? checked(() => new Tokenizer(this, 'Tokenizer', { ...given.tokenizer, servers, namespace }))
      : undefined;
    const plan = checked(() => planRouter(given, { path, namespace, image, strategy, tokenizerUrl: this.tokenizer?.url }));
    this.plan = plan;
    const { name, poolName } = plan;
    const labels = checked(() => routerLabels(this, plan, given.podLabels ?? {}));
    const { common, selector } = labels;
    const metadata = { name, namespace, labels: common };

    this.envoy =
      given.proxy === undefined
        ? undefined
        : checked(() => {
            const { secureServing } = plan;
            return new EnvoySidecar(this, 'Envoy', { ...given.proxy, poolName, routerName: name, namespace, secureServing });
          });
    this.latencyPredictor =
      strategy.needsLatencyPredictor && image.upstream
        ? checked(() => new LatencyPredictor(this, 'Predictor', { ...given.latencyPredictor, routerName: name, namespace }))
        : undefined;
    const own: readonly (RouterSidecar | undefined)[] = [this.envoy, this.latencyPredictor];
    const sidecars = [...own.filter((sidecar) => sidecar !== undefined), ...(given.sidecars ?? [])];

    const rbac = new RouterRbac(this, 'Access', { name, namespace, mode: plan.mode, leaderElection: plan.leaderElection, labels: common });
    this.serviceAccount = rbac.serviceAccount;
    this.role = rbac.role;
    this.roleBinding = rbac.roleBinding;
    this.configMap = new ConfigMap(this, 'Config', { metadata, data: { [CONFIG_FILE]: plan.configYaml } });
    this.service = new Service(this, 'Service', { metadata, spec: checked(() => serviceSpec(plan, sidecars, selector)) });
    this.deployment = new Deployment(this, 'Deployment', {
      metadata: { ...metadata, labels: labels.deployment },
      spec: {
        replicas: plan.replicas,
        strategy: rolloutStrategy(plan),
        selector: { matchLabels: selector },
        template: checked(() => routerPod({ scope: this, plan, props: given, sidecars, selector, labels: labels.pod })),
      },
    });
    this.pool =
      plan.mode === 'pool'
        ? new InferencePool(this, 'Pool', { metadata: { ...metadata, name: poolName }, spec: poolSpec(plan) })
        : undefined;
    this.objectives = plan.objectives.map(
      (objective) =>
        new InferenceObjective(this, `Objective-${objective.name}`, {
          metadata: { ...metadata, name: objective.name },
          spec: { priority: objective.priority, poolRef: { group: groupOf(API.inference), name: poolName } },
        }),
    );
    const budget = checked(() => disruptionSpec(plan, given.disruptionBudget, selector));
    this.disruptionBudget =
      budget === undefined ? undefined : new PodDisruptionBudget(this, 'DisruptionBudget', { metadata, spec: budget });
    this.metrics = checked(
      () =>
        new RouterMetrics(this, 'Metrics', {
          name,
          namespace,
          labels: common,
          serviceAccount: this.serviceAccount,
          monitoring: given.monitoring ?? false,
          auth: plan.metricsAuth,
          interval: given.scrapeInterval,
          monitorLabels: given.monitorLabels,
        }),
    );
    this.endpointPickerRef = { name, port: plan.ports.extProc };
    this.findings = deepFreeze([
      ...strategyFindings(strategy, servers),
      ...moduleFindings(strategy.parts, modulesOf(image), path),
      ...checkRendered(plan.config, image.schemaVersion, strategy.customPlugins, path, !image.upstream),
      ...routerFindings(plan),
      ...variableFindings(plan, [...sidecars.flatMap(({ routerEnv = [] }) => routerEnv), ...(given.env ?? [])]),
    ]);
    contribute(this, { router: plan, findings: () => this.findings });
    recordImages(this);
  }
}
