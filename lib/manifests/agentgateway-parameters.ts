import type { Construct } from 'constructs';
import { API } from '../versions';
import { Manifest, type ManifestProps } from './manifest';
import type { EnvVar, ResourceRequirements } from './pod';

/** An object that agentgateway makes for a Gateway, overlaid by strategic merge. */
export interface AgentgatewayOverlay {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>>; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec?: { readonly [key: string]: unknown };
}

/** Fields of an `AgentgatewayParameters`. */
export interface AgentgatewayParametersProps extends ManifestProps {
  readonly spec: {
    readonly logging?: { readonly level?: string; readonly format?: string };
    readonly resources?: ResourceRequirements;
    readonly env?: readonly EnvVar[];
    readonly deployment?: AgentgatewayOverlay;
    readonly service?: AgentgatewayOverlay;
    /** Seconds that the proxy drains connections for. */
    readonly shutdown?: { readonly min: number; readonly max: number };
    readonly [key: string]: unknown;
  };
}

/** An `AgentgatewayParameters` (settings of one agentgateway proxy), written as given. */
export class AgentgatewayParameters extends Manifest {
  constructor(scope: Construct, id: string, props: AgentgatewayParametersProps) {
    super(scope, id, { apiVersion: API.agentgateway, kind: 'AgentgatewayParameters' }, props);
  }
}
