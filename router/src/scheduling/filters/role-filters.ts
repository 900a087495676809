import type { PluginContext } from '../../plugin/context';
import { ByLabel } from './by-label';

/** Label that says which stages an endpoint serves. Source: llm-d-router v0.10.0, `filter/bylabel`. */
export const ROLE_LABEL = 'llm-d.ai/role';

const both = ['prefill-decode', 'both', 'encode-prefill-decode'];

/** Makes a `decode-filter`: endpoints that decode, and those without a role. */
export const decodeFilter = ({ endpoints }: PluginContext): ByLabel =>
  new ByLabel(endpoints, { label: ROLE_LABEL, values: ['decode', ...both], allowsNoLabel: true });

/** Makes a `prefill-filter`: endpoints that prefill. */
export const prefillFilter = ({ endpoints }: PluginContext): ByLabel =>
  new ByLabel(endpoints, { label: ROLE_LABEL, values: ['prefill', 'encode-prefill', ...both], allowsNoLabel: false });

/** Makes an `encode-filter`: endpoints that encode media. */
export const encodeFilter = ({ endpoints }: PluginContext): ByLabel =>
  new ByLabel(endpoints, { label: ROLE_LABEL, values: ['encode', 'encode-prefill', 'encode-prefill-decode'], allowsNoLabel: false });
