import type { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import type { IModelServers } from '../../lib/servers/model-servers';
import { ModelSource } from '../../lib/values/model-source';
import type { ServersPlan } from '../../lib/values/plan';

/** Servers that are only a plan: what a gateway reads of real ones. */
export class FakeServers extends Construct implements IModelServers {
  readonly plan: ServersPlan;
  readonly workloads: readonly ApiObject[] = [];

  constructor(scope: Construct, id: string, overrides: Partial<ServersPlan> = {}) {
    super(scope, id);
    this.plan = {
      path: this.node.path,
      name: id,
      namespace: 'llm',
      topology: 'aggregated',
      model: ModelSource.huggingFace(`org/${id}`).plan,
      poolLabels: { 'llm-d.ai/model': id, 'llm-d.ai/pool': id },
      targetPorts: [8000],
      engineType: 'vllm',
      roles: [],
      kvBlockTokens: 64,
      kvEventsPort: undefined,
      terminationGraceSeconds: 130,
      ...overrides,
    };
  }
}
