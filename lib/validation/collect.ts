import type { ApiObject } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { Cluster } from '../cluster/cluster';
import type { GatewayPlan } from '../gateway/plan';
import type { RouterPlan } from '../router/router-plan';
import { isApiObject } from '../util/api-object';
import { sourceJson } from '../util/last-step';
import { imagesBesideMirror } from '../values/mirrored-objects';
import type { ServersPlan } from '../values/plan';
import { contributionOf } from './contribution';
import { LlmdError } from './error';
import { type Finding, finding } from './findings';
import { type Fields, fields, type ModelInput, type SynthObject } from './model';
import { placeholderFindings } from './placeholders';

/** What a tree of constructs holds at the moment: plans, rendered objects, and what was found on the way. */
export interface Collected extends ModelInput {
  /** Findings that constructs told themselves, and objects that cannot be rendered. */
  readonly findings: readonly Finding[];
  /** All constructs by path, in the order in which cdk8s validates them. */
  readonly constructs: ReadonlyMap<string, IConstruct>;
}

/** Renders every object below `root` and asks every construct for its plan. */
export function collect(root: IConstruct): Collected {
  const objects: SynthObject[] = [];
  const servers: ServersPlan[] = [];
  const routers: RouterPlan[] = [];
  const gateways: GatewayPlan[] = [];
  const findings: Finding[] = [];
  const told: { readonly one: Finding; readonly by: string }[] = [];
  const constructs = new Map<string, IConstruct>();
  for (const construct of root.node.findAll()) {
    constructs.set(construct.node.path, construct);
    const contribution = contributionOf(construct);
    servers.push(...given(contribution?.servers));
    routers.push(...given(contribution?.router));
    gateways.push(...given(contribution?.gateway?.()));
    told.push(...(contribution?.findings?.() ?? []).map((one) => ({ one, by: construct.node.path })));
    if (isApiObject(construct)) {
      const rendered = render(construct);
      if ('code' in rendered) {
        findings.push(rendered);
      } else {
        objects.push(rendered);
        findings.push(...mirrorFindings(construct, rendered));
        findings.push(...placeholderFindings(construct, rendered.json));
      }
    }
  }
  // What concerns no construct of this tree, e.g. servers that are only a plan, is told by whoever found it.
  findings.push(...told.map(({ one, by }) => (constructs.has(one.path) ? one : { ...one, path: by })));
  return { objects, servers, routers, gateways, findings, constructs };
}

function given<T>(value: T | undefined): readonly T[] {
  return value === undefined ? [] : [value];
}

/** Images that the mirror of an object cannot have. The rules themselves see what was written, not what the mirror makes of it. */
function mirrorFindings(object: ApiObject, { path, kind, name, json }: SynthObject): readonly Finding[] {
  try {
    return imagesBesideMirror(object, json).map(({ reference, reason }) =>
      finding('LLMD582', path, { image: reference, kind, name, reason }),
    );
  } catch (error) {
    if (error instanceof LlmdError) {
      return [{ code: error.code, severity: 'error', path, message: error.detail }];
    }
    throw error;
  }
}

function render(object: ApiObject): SynthObject | Finding {
  const { path } = object.node;
  let json: Fields;
  try {
    json = fields(sourceJson(object));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const problem = message.replace(/^Failed serializing construct at path .*? with name '.*?': (Error: )?/, '').replace(/\s*\.?\s*$/, '');
    return finding('LLMD108', path, { kind: object.kind, name: object.name, problem });
  }
  const metadata = fields(json.metadata);
  return {
    path,
    apiVersion: String(json.apiVersion ?? ''),
    kind: String(json.kind ?? ''),
    name: String(metadata.name ?? ''),
    namespace: metadata.namespace === undefined ? undefined : String(metadata.namespace),
    json,
    cluster: Cluster.of(object),
  };
}
