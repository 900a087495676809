import type { Construct, IConstruct } from 'constructs';
import type { IModelServers } from '../../index';
import { hasPlaceholder } from '../../util/placeholder';
import { collect } from '../../validation/collect';
import { ensure } from '../../validation/error';
import { addNeighbour } from '../../validation/neighbours';

const GATEWAYS = Symbol.for('cdk8s-llm-d.gateways-of-servers');

/** The gateways of other trees that route to servers of a tree. */
function gatewaysOf(root: IConstruct): IConstruct[] {
  const holder = root as unknown as Record<symbol, IConstruct[] | undefined>;
  holder[GATEWAYS] ??= [];
  return holder[GATEWAYS];
}

/** Servers of other trees that one gateway routes to. */
export class ForeignServers {
  private readonly roots: ReadonlySet<IConstruct>;

  /** Throws LLMD922 when servers have no namespace and the gateway has one. */
  constructor(members: readonly IModelServers[], namespace: string | undefined) {
    for (const { plan } of members) {
      const none = plan.namespace === undefined && namespace !== undefined;
      ensure(!none, 'LLMD922', { servers: plan.name, namespace: shown(namespace) });
    }
    this.roots = new Set(members.map((servers) => servers.node.root));
  }

  /** Lets the rules of the gateway's tree see the pods, and the other gateways that route to them. */
  showTo(gateway: Construct): void {
    for (const root of this.roots) {
      addNeighbour(gateway.node.root, () => collect(root));
      for (const other of gatewaysOf(root).filter((known) => known !== gateway.node.root)) {
        addNeighbour(gateway.node.root, () => collect(other));
      }
    }
  }

  /** Remembers the gateway for those that come later. */
  claimFor(gateway: Construct): void {
    for (const root of this.roots) {
      gatewaysOf(root).push(gateway.node.root);
    }
  }
}

function shown(namespace: string | undefined): string {
  return hasPlaceholder(namespace ?? '') ? 'known at deployment' : String(namespace);
}
