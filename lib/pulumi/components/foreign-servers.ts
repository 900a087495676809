import * as pulumi from '@pulumi/pulumi';
import type { Construct, IConstruct } from 'constructs';
import type { IModelServers, InferenceGatewayProps } from '../../index';
import { hasPlaceholder } from '../../util/placeholder';
import { collect } from '../../validation/collect';
import { ensure } from '../../validation/error';
import type { ModelInput } from '../../validation/model';
import { addNeighbour } from '../../validation/neighbours';
import type { ServersPlan } from '../../values/plan';
import { atDeployment } from '../deployment-error';
import { outputToken, resolveTokens } from '../output-token';

const GATEWAYS = Symbol.for('cdk8s-llm-d.gateways-of-servers');

/** The gateways of other trees that route to servers of a tree. */
function gatewaysOf(root: IConstruct): IConstruct[] {
  const holder = root as unknown as Record<symbol, IConstruct[] | undefined>;
  holder[GATEWAYS] ??= [];
  return holder[GATEWAYS];
}

/** Servers of other trees, as one gateway sees them. */
export class ForeignServers {
  /** Namespace in which the gateway writes its objects. */
  readonly namespace: string | undefined;
  private readonly namespaces: ReadonlyMap<string, string>;

  constructor(
    private readonly members: readonly IModelServers[],
    namespace: string | undefined,
    gateway: string,
    props: InferenceGatewayProps,
  ) {
    for (const { plan } of members) {
      const none = plan.namespace === undefined && namespace !== undefined;
      ensure(!none, 'LLMD922', { servers: plan.name, namespace: shown(namespace) });
    }
    this.namespaces = sameNamespace(members, namespace, gateway, props);
    this.namespace = this.rename(namespace);
  }

  /** The servers, in the namespace that the gateway knows. */
  seen(servers: IModelServers): IModelServers {
    return this.members.includes(servers) ? Object.create(servers, { plan: { value: this.planOf(servers.plan) } }) : servers;
  }

  /** Lets the rules of the gateway's tree see the pods, and the other gateways that route to them. */
  showTo(gateway: Construct): void {
    for (const root of this.roots()) {
      addNeighbour(gateway.node.root, () => this.modelOf(root));
      for (const other of gatewaysOf(root).filter((known) => known !== gateway.node.root)) {
        addNeighbour(gateway.node.root, () => collect(other));
      }
    }
  }

  /** Remembers the gateway for those that come later. */
  claimFor(gateway: Construct): void {
    for (const root of this.roots()) {
      gatewaysOf(root).push(gateway.node.root);
    }
  }

  private roots(): ReadonlySet<IConstruct> {
    return new Set(this.members.map((servers) => servers.node.root));
  }

  private rename(namespace: string | undefined): string | undefined {
    return namespace === undefined ? undefined : (this.namespaces.get(namespace) ?? namespace);
  }

  private planOf(plan: ServersPlan): ServersPlan {
    const namespace = this.rename(plan.namespace);
    return namespace === plan.namespace ? plan : { ...plan, namespace };
  }

  private modelOf(root: IConstruct): ModelInput {
    const { objects, servers = [], routers = [], gateways = [] } = collect(root);
    return {
      objects: objects.map((object) => ({ ...object, namespace: this.rename(object.namespace) })),
      servers: servers.map((plan) => this.planOf(plan)),
      routers,
      gateways,
    };
  }
}

/**
 * One name for namespaces that are known only at deployment and must be one: every `namespace.metadata.name` is another output, even of
 * the same resource. Whether they are one is checked at deployment (LLMD923). A Gateway that admits routes of other namespaces, or that
 * was written by someone else, leaves them apart.
 */
function sameNamespace(
  members: readonly IModelServers[],
  own: string | undefined,
  gateway: string,
  props: InferenceGatewayProps,
): ReadonlyMap<string, string> {
  const texts = [...new Set([own, ...members.map(({ plan }) => plan.namespace)])].filter((text) => text !== undefined);
  const admitsOthers = props.existing !== undefined || props.namespaceLabels !== undefined || props.allowedNamespaces === 'All';
  const standalone = props.provider?.standalone ?? true;
  const tokens = texts.filter(hasPlaceholder);
  if (standalone || admitsOthers || tokens.length === 0 || texts.length === 1) {
    return new Map();
  }
  const plain = texts.filter((text) => !hasPlaceholder(text));
  // Plain ones that differ are refused by the gateway itself.
  const together = plain.length > 1 ? tokens : texts;
  const checked = pulumi.all(together.map(resolveTokens)).apply((known) => {
    const [first = '', ...others] = [...new Set(known)];
    const namespaces = [first, ...others].join(', ');
    atDeployment(() => ensure(others.length === 0, 'LLMD923', { gateway, namespaces }));
    return first;
  });
  const token = outputToken(checked);
  return new Map(together.map((text) => [text, token]));
}

function shown(namespace: string | undefined): string {
  return hasPlaceholder(namespace ?? '') ? 'known at deployment' : String(namespace);
}
